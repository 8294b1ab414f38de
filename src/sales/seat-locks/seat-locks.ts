import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import { Problem } from '../../errors/problem.ts';

/** Longer than any transaction may last (see the time limits in database.ts), so that no lock runs out under its owner. */
const TIME_TO_LIVE_MS = 30_000;

export type SeatLocks = ReturnType<typeof createSeatLocks>;

/**
 * Distributed locks that tell the losers of a contended seat so before they reach PostgreSQL. They only save work:
 * PostgreSQL decides who has a seat, and with Redis away everybody goes straight there.
 */
export function createSeatLocks(redis: Redis, prefix: string, log: FastifyBaseLogger) {
  const source = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
  const lock = source('lock-seats');
  const unlock = source('unlock-seats');

  return {
    /**
     * Runs `work` while holding the locks of all the seats.
     *
     * @param request the same for a request that is sent again
     * @throws Problem SEAT_LOCKED when somebody else holds one of them, IDEMPOTENCY_IN_FLIGHT when that is the same request
     */
    async holding<T>(
      eventId: string,
      seatIds: string[],
      request: string | undefined,
      work: () => Promise<T>,
    ): Promise<T> {
      const token = randomUUID();
      const owner = `${token}${request ?? ''}`;
      // The event is the hash tag: the keys of one script must live on one node of a cluster.
      const keys = seatIds.map((seatId) => `${prefix}:{${eventId}}:seat:${seatId}`);
      const rival = await redis
        .eval(lock, keys.length, ...keys, owner, TIME_TO_LIVE_MS)
        .catch((error: Error) => {
          log.debug({ err: error }, 'no seat locks: PostgreSQL decides alone');
          return null;
        });
      if (typeof rival === 'string') {
        const same = request !== undefined && rival.slice(token.length) === request;
        throw new Problem(same ? 'IDEMPOTENCY_IN_FLIGHT' : 'SEAT_LOCKED');
      }
      try {
        return await work();
      } finally {
        // Not awaited: the answer needn't wait for it, and a lock that stays behind runs out by itself.
        redis.eval(unlock, keys.length, ...keys, owner).catch(() => undefined);
      }
    },
  };
}
