import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forgetOldKeys } from '../../../src/idempotency/forget-old-keys.ts';
import { callOf } from '../../contract/calls.ts';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { expectReplay, isReplayed, requestsTo } from './requests.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let requests: ReturnType<typeof requestsTo>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000', QUEUE_THRESHOLD: '4' } });
  api = apiOf(service);
  requests = requestsTo(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

/** @returns the users inside, and one who waits */
async function fillTheRoom(eventId: string): Promise<string[]> {
  const users = Array.from({ length: 5 }, () => randomUUID());
  for (const userId of users) await requests.check(eventId, userId);
  return users;
}

describe('a refusal', () => {
  test('is kept after its cause is gone', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const [rival, userId, key] = [randomUUID(), randomUUID(), randomUUID()];
    const held = await api.reserve(eventId, seatIds, rival);
    const first = await requests.send(requests.holding(userId, eventId, seatIds), key);
    expect(tally([first])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
    expect((await api.cancel(held.body.reservation.id, rival)).status).toBe(200);

    const again = await requests.send(requests.holding(userId, eventId, seatIds), key, 1);
    expectReplay(again, first);
    expect((await requests.send(requests.holding(userId, eventId, seatIds), randomUUID())).status).toBe(201);
  });

  test('of a cancellation is kept', async () => {
    const call = await callOf(service, 'cancelReservation');
    expect((await requests.send(call)).status).toBe(200);
    const [key, first] = ['again', await requests.send(call, 'again')];
    expect(tally([first])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
    const again = await requests.send(call, key, 1);
    expectReplay(again, first);
  });

  test('that asks to wait is not kept', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [call, key] = [requests.buying(randomUUID(), eventId, ticketTypeIds[0]), randomUUID()];
    const inside = await fillTheRoom(eventId);
    expect(tally([await requests.send(call, key)])).toEqual({ '403 QUEUE_REQUIRED': 1 });
    for (const userId of inside) await requests.leave(eventId, userId);
    const done = await requests.send(call, key);
    expect([done.status, isReplayed(done)]).toEqual([201, false]);
  });

  test.each(['reserveSeats', 'holdBestAvailable', 'createReservation'] as const)(
    'of %s before the sale starts is not kept: the same key is granted after the start',
    async (operation) => {
      const call = await callOf(service, operation);
      const { eventId } = call.payload as { eventId: string };
      const startIn = (seconds: number) =>
        service.db
          .updateTable('events')
          .set({ sale_start_date: sql<string>`now() + make_interval(secs => ${seconds})` })
          .where('id', '=', eventId)
          .execute();
      await startIn(60);
      const key = randomUUID();
      const early = [await requests.send(call, key), await requests.send(call, key, 1)];
      expect(tally(early)).toEqual({ '422 SALE_NOT_STARTED': 2 });
      expect(early.map(isReplayed)).toEqual([false, false]);
      await startIn(0);
      const first = await requests.send(call, key);
      expect([first.status, isReplayed(first)]).toEqual([201, false]);
      expectReplay(await requests.send(call, key, 1), first);
    },
  );
});

describe('an earlier answer is found', () => {
  test('for a user who is no longer inside the waiting room', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const first = await requests.send(requests.buying(userId, eventId, ticketTypeIds[0]), key);
    expect(first.status).toBe(201);
    await requests.leave(eventId, userId);
    await fillTheRoom(eventId);

    const again = await requests.send(requests.buying(userId, eventId, ticketTypeIds[0]), key, 1);
    expectReplay(again, first);
    const other = [
      await requests.send(requests.buying(userId, eventId, ticketTypeIds[0], 2), key),
      await requests.send(requests.buying(userId, eventId, ticketTypeIds[0])),
    ];
    expect(tally(other)).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1, '403 QUEUE_REQUIRED': 1 });
  });

  test('while another user locks the same seats', async () => {
    const locking = await startService({ env: { SEAT_LOCKS: 'true' } });
    try {
      const { eventId, seatIds } = await locking.seedEvent({ seats: 1 });
      const lockingRequests = requestsTo(locking);
      const call = lockingRequests.holding(randomUUID(), eventId, seatIds);
      const first = await lockingRequests.send(call, 'mine');
      expect(first.status).toBe(201);
      await locking.redis.client.set(`${locking.app.redisPrefix}:{${eventId}}:seat:${seatIds[0]}`, 'a rival');
      expectReplay(await lockingRequests.send(call, 'mine'), first);
    } finally {
      await locking.stop();
    }
  });

  test('if the fields of the body come in another order', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5, 5] });
    const [userId, key] = [randomUUID(), randomUUID()];
    const [one, two] = ticketTypeIds;
    const buy = (payload: string) =>
      requests.send(
        {
          ...requests.post(userId, '/reservations'),
          headers: { ...service.as(userId), 'content-type': 'application/json' },
          payload,
        },
        key,
      );
    const first = await buy(
      `{"eventId":"${eventId}","items":[{"ticketTypeId":"${one}","quantity":1},{"ticketTypeId":"${two}","quantity":2}]}`,
    );
    expect(first.status).toBe(201);
    const again = await buy(
      `{"items":[{"quantity":1,"ticketTypeId":"${one}"},{"quantity":2,"ticketTypeId":"${two}"}],"eventId":"${eventId}"}`,
    );
    expectReplay(again, first);
    const swapped = await buy(
      `{"eventId":"${eventId}","items":[{"ticketTypeId":"${one}","quantity":2},{"ticketTypeId":"${two}","quantity":1}]}`,
    );
    expect(tally([swapped])).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1 });
  });

  test('if an empty body replaces no body', async () => {
    const call = await callOf(service, 'cancelReservation');
    const first = await requests.send(call, 'one');
    const again = await requests.send({ ...call, payload: {} }, 'one');
    expectReplay(again, first);
  });
});

test('every key older than a day is deleted, in pieces, and no younger one', async () => {
  const userId = randomUUID();
  await sql`
    INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
    SELECT ${userId}, n, 'f', 200, '{}', now() - interval '24 hours' + CASE WHEN n <= 20_500 THEN -n ELSE 3_600 END * interval '1 second'
    FROM generate_series(1, 20_600) AS n`.execute(service.db);
  let pieces = 0;
  while ((await forgetOldKeys(service.db)).more) pieces++;
  expect(pieces).toBe(3);
  const left = await service.db
    .selectFrom('idempotency_keys')
    .select(({ fn }) => [fn.countAll<number>().as('count'), sql<number>`min(key::integer)`.as('first')])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  expect(left).toEqual({ count: 100, first: 20_501 });
});
