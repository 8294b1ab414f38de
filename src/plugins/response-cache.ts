import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';

/** An answer as it goes out, so that a request only has to send it. */
interface ReadyAnswer {
  body: Buffer;
  etag: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    cache: ResponseCache;
  }
}

const EVENT_VIEWS = ['event', 'ticket-types', 'seat-map'] as const;

/** The key of an answer about one event. `forgetEvent` drops all of them. */
export function eventKey(view: (typeof EVENT_VIEWS)[number], eventId: string): string {
  return `${view}:${eventId}`;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const BYTES = 256 * 1024 * 1024;

/**
 * Answers by key, as bytes: a seat map as a string is eight times slower to send. Concurrent requests for a key share one load.
 * When a key is forgotten during its load, the requests that started it still get the answer, but the cache doesn't keep it.
 */
export class ResponseCache {
  readonly #answers = new LRUCache<string, ReadyAnswer, () => Promise<unknown>>({
    maxSize: BYTES,
    sizeCalculation: ({ body }, key) => body.length + key.length + 200,
    ttl: 10_000,
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context: load }) => {
      const body = Buffer.from(JSON.stringify(await load()));
      return { body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` };
    },
  });

  /**
   * Sends the answer from memory or from `load`, or 304 when the caller already has it.
   *
   * @typeParam Body the answer as the contract defines it, because the bytes bypass the route's serializer
   * @param seconds how long to keep the answer unless it is forgotten earlier
   */
  async send<Body>(
    request: Pick<FastifyRequest, 'headers'>,
    typedReply: object,
    key: string,
    seconds: number,
    load: () => Promise<Body>,
  ): Promise<void> {
    // The route's reply is typed for the body of the contract; here it gets the same body as bytes.
    const reply = typedReply as FastifyReply;
    const answer = await this.#answers.forceFetch(key, { context: load, ttl: seconds * 1_000 });
    // A client may keep the bytes but must revalidate them, so that it never shows sold seats as free.
    reply.header('etag', answer.etag).header('cache-control', 'no-cache');
    if (matches(request.headers['if-none-match'], answer.etag)) reply.code(304).send();
    else reply.header('content-type', JSON_TYPE).send(answer.body);
  }

  /** Drops every answer about an event, so that later requests read its new state. */
  forgetEvent(eventId: string): void {
    for (const view of EVENT_VIEWS) this.#answers.delete(eventKey(view, eventId));
  }
}

/** RFC 9110, 13.1.2: a list of tags or `*`, compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => {
    const wanted = tag.trim();
    return wanted === '*' || wanted.replace(/^W\//, '') === etag;
  });
}

export default fp(
  async (app) => {
    app.decorate('cache', new ResponseCache());
  },
  { name: 'cache' },
);
