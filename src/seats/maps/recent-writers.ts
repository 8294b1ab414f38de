import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** A writer matters for 50 ms. This is far more than an instance serves in that time. */
const KEPT = 10_000;

type Sender = Pick<FastifyRequest, 'ip' | 'headers'>;

/**
 * Callers who changed something a moment ago. Their next read must show it. A seat map asks for no token. A sender without one is
 * known by the address, so that buyers who share an address see each other's changes as soon.
 */
export class RecentWriters {
  readonly #wroteAt = new LRUCache<string, number>({ max: KEPT });

  note({ ip, headers }: Sender): void {
    const now = performance.now();
    this.#wroteAt.set(ip, now);
    if (headers.authorization !== undefined) this.#wroteAt.set(headers.authorization, now);
  }

  /** When the sender of a request last changed something; minus infinity if that is long ago. */
  lastWrite({ ip, headers: { authorization } }: Sender): number {
    return this.#wroteAt.get(authorization ?? ip) ?? Number.NEGATIVE_INFINITY;
  }
}
