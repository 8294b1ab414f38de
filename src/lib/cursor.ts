import { invalid } from '../errors/problem.ts';
import { isUuid, packUuid, unpackUuid } from './uuid.ts';

/** Marks the end of a page of rows with ids, if there is another one. The caller sends it back unchanged. */
export function nextCursor(page: readonly { id: string }[], more: boolean): string | null {
  const last = page.at(-1);
  return more && last ? packUuid(last.id) : null;
}

/**
 * The id of the last row of the page before; `undefined` for the first page.
 *
 * @throws Problem VALIDATION_FAILED if it isn't a cursor of `nextCursor`
 */
export function fromCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = unpackUuid(cursor);
  if (!isUuid(id)) throw notACursor();
  return id;
}

export function notACursor() {
  return invalid('querystring/cursor', 'must be the nextCursor of a page');
}
