import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** A writer matters for 50 ms. This is far more than an instance serves in that time. */
const KEPT = 10_000;

type Sender = Pick<FastifyRequest, 'ip' | 'headers'>;

/**
 * Who changed something a moment ago: their next read must show it. They are known by their token, and by their address too, because a
 * seat map asks for no token. Buyers who share an address see each other's changes as soon.
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
    const byAddress = this.#wroteAt.get(ip) ?? Number.NEGATIVE_INFINITY;
    const byToken = authorization === undefined ? undefined : this.#wroteAt.get(authorization);
    return Math.max(byAddress, byToken ?? byAddress);
  }
}
