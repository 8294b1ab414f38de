import { Problem } from '../errors/problem.ts';
import { isUuid, packUuid, unpackUuid } from '../lib/uuid.ts';

/** Marks the end of a page. The caller sends it back unchanged for the next one. */
export function toCursor(lastId: string): string {
  return packUuid(lastId);
}

/** @throws Problem VALIDATION_FAILED if it isn't a cursor of `toCursor` */
export function fromCursor(cursor: string): string {
  const id = unpackUuid(cursor);
  if (!isUuid(id)) {
    throw new Problem('VALIDATION_FAILED', {
      details: [{ path: 'querystring/cursor', message: 'must be the nextCursor of a page' }],
    });
  }
  return id;
}
