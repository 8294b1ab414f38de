import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../errors/problem.ts';

/** The ETag of a resource that is edited: a strong one, so that `If-Match` may carry it (RFC 9110, 13.1.1). */
function etagOf(revision: number): string {
  return `"${revision}"`;
}

export function sendRevision(reply: Pick<FastifyReply, 'header'>, revision: number): void {
  reply.header('etag', etagOf(revision));
}

/**
 * Refuses an edit of a resource that was edited since the caller read it. Call it with the row locked.
 *
 * @throws Problem PRECONDITION_REQUIRED, PRECONDITION_FAILED
 */
export function requireRevision(request: FastifyRequest, revision: number): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined) throw new Problem('PRECONDITION_REQUIRED');
  const tags = wanted.split(',').map((tag) => tag.trim());
  if (!tags.includes('*') && !tags.includes(etagOf(revision))) throw new Problem('PRECONDITION_FAILED');
}
