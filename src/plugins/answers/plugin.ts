import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type EdgeCaching, edgeCaching } from './edge.ts';
import { LargeAnswers } from './large-answers.ts';
import type { Answer } from './prepared-answer.ts';
import { type Load, ResponseCache } from './response-cache.ts';
import { sendAnswer } from './send.ts';

declare module 'fastify' {
  interface FastifyInstance {
    answers: Answers;
  }
}

interface Caching {
  /** The key of the answer in memory. */
  key: string;
  /** How long to keep the answer in memory unless it is forgotten earlier. */
  seconds: number;
  cacheControl?: string;
}

interface Options {
  /** Bytes of large bodies by address and second; 0 for no limit. */
  largeBytesPerSecond: number;
  /** How long a cache at the edge may answer; 0 for not at all. */
  edgeSeconds: number;
}

/**
 * Answers as ready-made bytes: a seat map as a string is eight times slower to send. They have a weak ETag, are compressed once,
 * and are a 304 to a client that has them. Every answer that many clients share goes out through here.
 */
class Answers {
  readonly cache = new ResponseCache();
  /** What caches at the edge may do. */
  readonly edge: EdgeCaching;
  readonly #large: LargeAnswers;

  constructor({ largeBytesPerSecond, edgeSeconds }: Options) {
    this.#large = new LargeAnswers(largeBytesPerSecond);
    this.edge = edgeCaching(edgeSeconds);
  }

  /**
   * Sends an answer that the caller has prepared.
   *
   * @param cacheControl the header's value, if it isn't the usual one of answers that all clients share
   * @throws Problem TOO_MANY_REQUESTS for an address that has drawn too many large bodies in this second
   */
  send(
    request: FastifyRequest,
    reply: object,
    answer: Answer,
    cacheControl = this.edge.usual,
  ): void | Promise<void> {
    return sendAnswer(request, reply, answer, this.#large, cacheControl);
  }

  /** Sends the answer of a key from memory, or from `load`. */
  sendCached<Body>(
    request: FastifyRequest,
    reply: object,
    { key, seconds, cacheControl }: Caching,
    load: Load<Body>,
  ): void | Promise<void> {
    const answer = this.cache.get(key, seconds, load);
    if (!(answer instanceof Promise)) return this.send(request, reply, answer, cacheControl);
    return answer.then((loaded) => this.send(request, reply, loaded, cacheControl));
  }
}

export default fp<Options>(
  async (app, options) => {
    app.decorate('answers', new Answers(options));
  },
  { name: 'answers' },
);
