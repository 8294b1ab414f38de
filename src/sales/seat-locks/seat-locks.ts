import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { Problem } from '../../errors/problem.ts';
import { isUnavailable } from '../../errors/unavailable.ts';
import { script } from '../../lib/lua-script.ts';
import type { RedisClient } from '../../lib/redis-client.ts';
import type { RedisHealth } from '../../plugins/redis/redis-health.ts';

/** Longer than any transaction may last (see the limits in database.ts), so that no lock runs out under its owner. */
const TIME_TO_LIVE_MS = 30_000;

export type SeatLocks = ReturnType<typeof createSeatLocks>;

/**
 * Distributed locks that refuse the losers of a contended seat before they reach PostgreSQL. They only save work: PostgreSQL decides
 * who gets a seat, and without Redis every request goes straight there.
 */
export function createSeatLocks(
  redis: RedisClient,
  prefix: string,
  health: Pick<RedisHealth, 'failed' | 'inTime'>,
  log: FastifyBaseLogger,
) {
  // The number of keys varies: it is the first argument of each call.
  const load = <Reply>(name: string) =>
    script<Reply>(redis, name, undefined, new URL(`./${name}.lua`, import.meta.url));
  const lockSeats = load<string | null>('lock-seats');
  const unlockSeats = load<number>('unlock-seats');

  return {
    /**
     * Locks all the seats of a request.
     *
     * @param request the same for a request that is sent again
     * @returns unlocks them; call it when the request is decided
     * @throws Problem SEAT_LOCKED if another request holds one of them, IDEMPOTENCY_IN_FLIGHT if that is the same request
     */
    async lock(eventId: string, seatIds: string[], request: string | undefined): Promise<() => void> {
      const token = randomUUID();
      const owner = `${token}${request ?? ''}`;
      // The event is the hash tag: the keys of one script must live on one node of a cluster.
      const keys = seatIds.map((seatId) => `${prefix}:{${eventId}}:seat:${seatId}`);
      const locking = lockSeats(keys.length, ...keys, owner, TIME_TO_LIVE_MS).catch((error: Error) => {
        log.debug({ err: error }, 'no seat locks: PostgreSQL decides alone');
        // So that this request doesn't wait for Redis once more.
        if (isUnavailable(error)) health.failed(error);
        return null;
      });
      // Without an answer in time the request goes on. Redis unlocks what it locked late: commands of one connection keep their order.
      const rival = await health.inTime(locking);
      if (typeof rival === 'string') {
        const same = request !== undefined && rival.slice(token.length) === request;
        throw new Problem(same ? 'IDEMPOTENCY_IN_FLIGHT' : 'SEAT_LOCKED');
      }
      // The answer doesn't wait for it. A lock that is left behind runs out by itself.
      return () => void unlockSeats(keys.length, ...keys, owner).catch(() => undefined);
    },
  };
}
