import { Problem } from '../errors/problem.ts';
import { isUuid } from '../lib/uuid.ts';

/** Where a page ended, for the caller to hand back as it is. */
export function toCursor(lastId: string): string {
  return Buffer.from(lastId.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @throws Problem VALIDATION_FAILED for what isn't one of our cursors */
export function fromCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id)) {
    throw new Problem('VALIDATION_FAILED', {
      details: [{ path: 'querystring/cursor', message: 'must be the nextCursor of a page' }],
    });
  }
  return id;
}
