import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { callOf } from '../../contract/calls.ts';
import { ask, type HttpAnswer, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { holdKeys, holdSeats, holdStock, untilLockWaiters } from '../../support/locks.ts';
import { waitForRedis } from '../../support/redis/wait-for-redis.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { expectReplay, isReplayed, OPERATIONS, requestsTo } from './requests.ts';

let service: Service;
let requests: ReturnType<typeof requestsTo>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  requests = requestsTo(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

describe('50 requests at once with one key, on two instances', () => {
  test.each(['createReservation', 'reserveSeats', 'holdBestAvailable'] as const)(
    'make one reservation: %s',
    async (operationId) => {
      const call = await callOf(service, operationId);
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => requests.send(call, key, index % 2)),
      );
      const counts = tally(answers);
      expect(
        Object.keys(counts).filter((kind) => kind !== '201' && kind !== '409 IDEMPOTENCY_IN_FLIGHT'),
      ).toEqual([]);
      const made = answers.filter(({ status }) => status === 201);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      const refused = answers.filter(({ status }) => status === 409);
      expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true);

      const rows = await service.db
        .selectFrom('reservations')
        .select('id')
        .where('event_id', '=', (call.payload as { eventId: string }).eventId)
        .execute();
      expect(rows).toEqual([{ id: made[0]?.body.reservation.id }]);
    },
  );

  test.each(['cancelReservation', 'extendReservation', 'confirmReservation', 'noteRefund'] as const)(
    'take effect once: %s',
    async (operationId) => {
      const call = await callOf(service, operationId);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => requests.send(call, 'one', index % 2)),
      );
      const kinds = Object.keys(tally(answers)).filter((kind) => kind !== '409 IDEMPOTENCY_IN_FLIGHT');
      expect(kinds).toEqual(['200']);
      const texts = answers.filter(({ status }) => status === 200).map(({ text }) => text);
      expect(new Set(texts).size).toBe(1);
    },
  );
});

describe('while a request with a key is in flight', () => {
  /** Stops the first request before it stores its answer, and does the work meanwhile. */
  async function heldUp<T>(first: () => Promise<T>, work: () => Promise<unknown>): Promise<T> {
    const letGo = await holdKeys(service.db);
    const going = first();
    try {
      await untilLockWaiters(service.db, 1, 'idempotency_keys');
      await work();
    } finally {
      await letGo();
    }
    return going;
  }
  const expectInFlight = (refused: HttpAnswer) => {
    expect(tally([refused])).toEqual({ '409 IDEMPOTENCY_IN_FLIGHT': 1 });
    expect(refused.headers['retry-after']).toBe('1');
  };

  test.each(OPERATIONS)(
    'any instance refuses its copies as in flight, and gives them its answer afterwards: %s',
    async (operationId) => {
      const [call, key] = [await callOf(service, operationId), randomUUID()];
      const first = await heldUp(
        () => requests.send(call, key),
        async () => {
          for (const instance of [0, 1, 1]) expectInFlight(await requests.send(call, key, instance));
        },
      );
      expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
      const again = await requests.send(call, key, 1);
      expectReplay(again, first);
    },
  );

  test('another request for the same stock is served after a refused copy', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [call, key] = [requests.buying(randomUUID(), eventId, ticketTypeIds[0]), randomUUID()];
    const neighbour = requests.buying(randomUUID(), eventId, ticketTypeIds[0]);
    // Stopped before it has locked the stock, which its neighbour needs as well.
    const letGo = await holdStock(service.db, ticketTypeIds[0] as string);
    const first = requests.send(call, key);
    try {
      await untilLockWaiters(service.db, 1);
      expectInFlight(await requests.send(call, key, 1));
    } finally {
      await letGo();
    }
    const answers = [await first, await requests.send(neighbour, undefined, 1)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  });

  test('a copy that meets its seat locks in Redis is refused as in flight', async () => {
    const locking = await startService({ instances: 2, env: { SEAT_LOCKS: 'true' } });
    waitForRedis(locking.apps);
    try {
      const { eventId, seatIds } = await locking.seedEvent({ seats: 2 });
      const lockingRequests = requestsTo(locking);
      const call = lockingRequests.holding(randomUUID(), eventId, seatIds);
      const letGo = await holdSeats(locking.db, eventId);
      const first = lockingRequests.send(call, 'mine');
      try {
        await eventually(async () =>
          expect(await locking.redis.client.keys(`*{${eventId}}:seat:*`)).toHaveLength(2),
        );
        expectInFlight(await lockingRequests.send(call, 'mine', 1));
        const other = await lockingRequests.send(call, 'another', 1);
        expect(tally([other])).toEqual({ '409 SEAT_LOCKED': 1 });
      } finally {
        await letGo();
      }
      expect((await first).status).toBe(201);
      expectReplay(await lockingRequests.send(call, 'mine', 1), await first);
    } finally {
      await locking.stop();
    }
  });

  test('a client that disconnects leaves it in flight, and finds its answer later', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const call = requests.buying(userId, eventId, ticketTypeIds[0]);
    const gone = new AbortController();
    const first = () =>
      ask(service.origin, {
        ...call,
        headers: { ...call.headers, 'idempotency-key': key },
        signal: gone.signal,
      }).then(
        () => 'answered',
        (error: Error) => error.name,
      );
    const end = await heldUp(first, async () => {
      gone.abort();
      await eventually(async () => {
        const open = await new Promise<number>((resolve, reject) =>
          service.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
        );
        expect(open).toBe(0);
      });
      expectInFlight(await requests.send(call, key));
    });
    expect(end).toBe('AbortError');
    const answer = await eventually(async () => {
      const again = await requests.send(call, key);
      expect(again.status).toBe(201);
      return again;
    });
    expect(isReplayed(answer)).toBe(true);
    const made = await service.db
      .selectFrom('reservations')
      .select('id')
      .where('user_id', '=', userId)
      .execute();
    expect(made).toEqual([{ id: answer.body.reservation.id }]);
  });
});
