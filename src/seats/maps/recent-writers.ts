import type { FastifyRequest } from 'fastify';

/** A writer matters for 50 ms. One who wrote is remembered for once or twice this time. */
const REMEMBERED_MS = 100;

type Sender = Pick<FastifyRequest, 'ip' | 'headers'>;

/**
 * Callers who changed something a moment ago. Their next read must show it. A seat map asks for no token. A sender without one is
 * known by the address, so that buyers who share an address see each other's changes as soon.
 */
export class RecentWriters {
  #wroteAt = new Map<string, number>();
  #before = new Map<string, number>();
  #newSince = 0;

  note({ ip, headers }: Sender): void {
    const now = performance.now();
    if (now > this.#newSince + REMEMBERED_MS) {
      this.#before = this.#wroteAt;
      this.#wroteAt = new Map();
      this.#newSince = now;
    }
    this.#wroteAt.set(ip, now);
    if (headers.authorization !== undefined) this.#wroteAt.set(headers.authorization, now);
  }

  /** When the sender of a request last changed something; minus infinity if that is long ago. */
  lastWrite({ ip, headers: { authorization } }: Sender): number {
    const sender = authorization ?? ip;
    return this.#wroteAt.get(sender) ?? this.#before.get(sender) ?? Number.NEGATIVE_INFINITY;
  }
}
