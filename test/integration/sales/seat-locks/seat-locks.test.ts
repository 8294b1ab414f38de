import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import { createSeatLocks } from '../../../../src/sales/seat-locks/seat-locks.ts';
import { startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';
import { eventually } from '../../../support/wait.ts';

const PREFIX = `test-${randomUUID()}`;

let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());

/** Does the work of a request while it holds the locks of its seats. */
function holdingOn(redis: Redis, failed = vi.fn()) {
  const locks = createSeatLocks(
    redis,
    PREFIX,
    { failed, inTime: (asked) => asked },
    pino({ level: 'silent' }),
  );
  return async <T>(eventId: string, seats: string[], request: string | undefined, work: () => Promise<T>) => {
    const unlock = await locks.lock(eventId, seats, request);
    try {
      return await work();
    } finally {
      unlock();
    }
  };
}

describe.each([
  ['Redis', () => server.client],
  ['the embedded Redis', createMockRedis],
] as const)('on %s', (_name, connect) => {
  function open() {
    const redis = connect();
    const eventId = randomUUID();
    const keyOf = (seat: string) => `${PREFIX}:{${eventId}}:seat:${seat}`;
    const holding = holdingOn(redis);
    return {
      redis,
      keyOf,
      hold: <T>(seats: string[], work: () => Promise<T>, request?: string) =>
        holding(eventId, seats, request, work),
      locked: async (...seats: string[]) =>
        await Promise.all(seats.map(async (seat) => (await redis.get(keyOf(seat))) !== null)),
    };
  }

  test('a request locks all of its seats or none, and the loser is refused before it does any work', async () => {
    const { hold, locked } = open();
    const work = vi.fn();
    await hold(['a', 'b'], async () => {
      expect(await locked('a', 'b', 'c')).toEqual([true, true, false]);
      await expect(hold(['c', 'b'], work)).rejects.toMatchObject({ code: 'SEAT_LOCKED' });
      expect(await locked('c')).toEqual([false]);
      expect(await hold(['c'], async () => 'served')).toBe('served');
    });
    expect(work).not.toHaveBeenCalled();
  });

  test('the same request sent again is told that it is in flight, another one that the seat is locked', async () => {
    const { hold } = open();
    const again = (request?: string) => hold(['a'], async () => undefined, request);
    await hold(
      ['a'],
      async () => {
        await expect(again('user/key')).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
        await expect(again('user/other key')).rejects.toMatchObject({ code: 'SEAT_LOCKED' });
        await expect(again()).rejects.toMatchObject({ code: 'SEAT_LOCKED' });
      },
      'user/key',
    );
  });

  test('the seats are unlocked once the request is decided', async () => {
    const { hold, locked } = open();
    await hold(['a', 'b'], async () => expect(await locked('a', 'b')).toEqual([true, true]));
    await eventually(async () => expect(await locked('a', 'b')).toEqual([false, false]));
  });

  test('a lock that ran out and has another owner by now stays with that owner', async () => {
    const { hold, redis, keyOf, locked } = open();
    await hold(['a', 'b'], async () => {
      await redis.set(keyOf('a'), 'another owner');
    });
    await eventually(async () => expect(await locked('b')).toEqual([false]));
    expect(await redis.get(keyOf('a'))).toBe('another owner');
  });

  test('no lock outlives its owner for ever', async () => {
    const { hold, redis, keyOf } = open();
    await hold(['a'], async () => {
      const left = await redis.pttl(keyOf('a'));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(30_000);
    });
  });
});

test('without an answer from Redis the work is done all the same, and the health of Redis hears of it', async () => {
  const failed = vi.fn();
  const away = server.client.duplicate({ enableOfflineQueue: false, lazyConnect: true });
  expect(await holdingOn(away, failed)(randomUUID(), ['a'], undefined, async () => 'served')).toBe('served');
  expect(failed).toHaveBeenCalledOnce();
  away.disconnect();
});
