import { LRUCache } from 'lru-cache';
import { PreparedAnswer, prepare } from './prepared-answer.ts';

const EVENT_VIEWS = ['event', 'ticket-types'] as const;

/** The key of an answer about one event. `forgetEvent` drops all of them. */
export function eventKey(view: (typeof EVENT_VIEWS)[number], eventId: string): string {
  return `${view}:${eventId}`;
}

const BYTES = 256 * 1024 * 1024;

/** Loads a body, or an answer whose ETag the loader gives. */
export type Load<Body> = () => Promise<Body | PreparedAnswer>;

/**
 * Prepared answers by key. Concurrent requests for a key share one load.
 * When a key is forgotten during its load, the requests that started it still get the answer, but the cache doesn't keep it.
 */
export class ResponseCache {
  readonly #answers = new LRUCache<string, PreparedAnswer, Load<unknown>>({
    maxSize: BYTES,
    // The compressed forms of JSON are together smaller than the body.
    sizeCalculation: ({ identity }, key) => 2 * identity.bytes.length + key.length + 500,
    ttl: 10_000,
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context: load }) => {
      const body = await load();
      return body instanceof PreparedAnswer ? body : prepare(body);
    },
  });

  /**
   * The answer from memory, or else from `load`.
   *
   * @typeParam Body the answer as the contract defines it, because the bytes bypass the route's serializer
   * @param seconds how long to keep the answer unless it is forgotten earlier
   */
  get<Body>(key: string, seconds: number, load: Load<Body>): PreparedAnswer | Promise<PreparedAnswer> {
    return this.#answers.get(key) ?? this.#answers.forceFetch(key, { context: load, ttl: seconds * 1_000 });
  }

  /** Drops every answer about an event, so that later requests read its new state. */
  forgetEvent(eventId: string): void {
    for (const view of EVENT_VIEWS) this.#answers.delete(eventKey(view, eventId));
  }
}
