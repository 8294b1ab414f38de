import { Problem } from '../errors/problem.ts';
import { isUuid, packUuid, unpackUuid } from '../lib/uuid.ts';

/** Where a page ended, for the caller to hand back as it is. */
export function toCursor(lastId: string): string {
  return packUuid(lastId);
}

/** @throws Problem VALIDATION_FAILED for what isn't one of our cursors */
export function fromCursor(cursor: string): string {
  const id = unpackUuid(cursor);
  if (!isUuid(id)) {
    throw new Problem('VALIDATION_FAILED', {
      details: [{ path: 'querystring/cursor', message: 'must be the nextCursor of a page' }],
    });
  }
  return id;
}
