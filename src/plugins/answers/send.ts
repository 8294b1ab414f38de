import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../errors/problem.ts';
import { chooseCoding } from './coding.ts';
import type { LargeAnswers } from './large-answers.ts';
import type { Answer, Representation } from './prepared-answer.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Sends an answer in the best coding that the client accepts, or 304 if the client has it already.
 *
 * @param typedReply the route's reply. It is typed for the body of the contract; here it gets the same body as bytes.
 * @throws Problem TOO_MANY_REQUESTS
 */
export function sendAnswer(
  request: FastifyRequest,
  typedReply: object,
  answer: Answer,
  largeAnswers: LargeAnswers,
  cacheControl: string,
): void | Promise<void> {
  const reply = typedReply as FastifyReply;
  const { headers } = request;
  if (matches(headers['if-none-match'], answer.etag)) {
    describe(reply, answer, cacheControl);
    reply.code(304).send();
    return;
  }
  const send = ({ coding, bytes }: Representation): void => {
    if (request.method !== 'HEAD' && !largeAnswers.allows(request.ip, bytes.length))
      throw new Problem('TOO_MANY_REQUESTS', { retryAfter: 1 });
    describe(reply, answer, cacheControl);
    if (coding !== 'identity') reply.header('content-encoding', coding);
    reply.header('content-type', JSON_TYPE).send(bytes);
  };
  const representation = answer.represent(chooseCoding(headers['accept-encoding'], answer.codings));
  return representation instanceof Promise ? representation.then(send) : send(representation);
}

/** The headers that a 200 and its 304 share. */
function describe(reply: FastifyReply, { etag }: Answer, cacheControl: string): void {
  const vary = reply.getHeader('vary');
  reply
    .header('etag', etag)
    .header('cache-control', cacheControl)
    .header('vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
}

/** RFC 9110, 13.1.2: a list of tags or `*`, compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = etag.slice(2);
  return header.split(',').some((tag) => {
    const wanted = tag.trim();
    return wanted === '*' || wanted.replace(/^W\//, '') === opaque;
  });
}
