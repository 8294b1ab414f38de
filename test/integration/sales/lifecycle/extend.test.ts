import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { lifecycleOf, PRICE } from './lifecycle.ts';

const EXTEND_SECONDS = 120;

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  const env = { SWEEP_INTERVAL_MS: '100', QUEUE_THRESHOLD: '1', EXTEND_SECONDS: `${EXTEND_SECONDS}` };
  service = await startService({ instances: 2, env });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const extend = (id: string, userId: string, instance = 0) =>
  apiOf(service, instance).post(`/reservations/${id}/extend`, userId);

const expiry = async (id: string, userId: string) =>
  (await api.get(`/reservations/${id}`, userId)).body.reservation.expires_at as string;
const extendable = async (id: string, userId: string) =>
  (await api.get(`/reservations/${id}`, userId)).body.reservation.extend_seconds as number;
const later = (time: string, seconds = EXTEND_SECONDS) => Date.parse(time) + seconds * 1_000;

test('a hold is extended once, by EXTEND_SECONDS', async () => {
  const { id, userId } = await sale.held();
  const before = await expiry(id, userId);
  expect(await extendable(id, userId)).toBe(EXTEND_SECONDS);
  const { status, body } = await extend(id, userId);
  expect(await extendable(id, userId)).toBe(0);
  expect([status, body]).toEqual([
    200,
    { message: '예매 시간이 연장되었습니다.', reservation: { id, expiresAt: expect.any(String) } },
  ]);
  expect(Date.parse(body.reservation.expiresAt)).toBe(later(before));
  expect(await expiry(id, userId)).toBe(body.reservation.expiresAt);

  expect(tally([await extend(id, userId), await extend(id, userId, 1)])).toEqual({
    '409 RESERVATION_NOT_EXTENDABLE': 2,
  });
  expect(await expiry(id, userId)).toBe(body.reservation.expiresAt);
});

test('one of twenty extensions at once is granted', async () => {
  const { id, userId } = await sale.held();
  const before = await expiry(id, userId);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => extend(id, userId, index % 2)));
  expect(tally(answers)).toEqual({ 200: 1, '409 RESERVATION_NOT_EXTENDABLE': 19 });
  expect(Date.parse(await expiry(id, userId))).toBe(later(before));
});

test('a hold of tickets is extended as well', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
  const userId = randomUUID();
  const { body } = await api.buy(
    eventId,
    [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }],
    userId,
  );
  expect((await extend(body.reservation.id, userId)).status).toBe(200);
});

test('a second request for the same seats does not extend the hold', async () => {
  const { id, userId, eventId, seatIds } = await sale.held();
  for (const more of [() => Promise.resolve(), () => extend(id, userId)]) {
    await more();
    const before = await expiry(id, userId);
    const again = [
      await api.reserve(eventId, seatIds, userId),
      await apiOf(service, 1).reserve(eventId, seatIds, userId),
    ];
    expect(tally(again)).toEqual({ '409 SEAT_UNAVAILABLE': 2 });
    expect(await expiry(id, userId)).toBe(before);
  }
});

test('an expired hold is not extended, swept or not', async () => {
  const lazy = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  try {
    for (const its of [service, lazy]) {
      const { eventId, seatIds } = await its.seedEvent({ seats: 1 });
      const userId = randomUUID();
      const { body } = await apiOf(its).reserve(eventId, seatIds, userId);
      const { id } = body.reservation;
      await its.db.updateTable('reservations').set({ expires_at: sql`now()` }).where('id', '=', id).execute();
      const answer = await apiOf(its).post(`/reservations/${id}/extend`, userId);
      expect(tally([answer])).toEqual({ '410 RESERVATION_EXPIRED': 1 });
    }
  } finally {
    await lazy.stop();
  }
});

test('an extended hold lasts until its new end and no longer', async () => {
  const { id, userId, eventId, seatIds } = await sale.held(1);
  // An extension moves an end that is near.
  await sale.expireIn(id, 5);
  expect((await extend(id, userId)).status).toBe(200);
  const left = (Date.parse(await expiry(id, userId)) - Date.now()) / 1_000;
  expect(left).toBeGreaterThan(EXTEND_SECONDS - 5);
  expect(left).toBeLessThan(EXTEND_SECONDS + 10);
  await sale.expire(id);
  await api.post(`/queue/leave/${eventId}`, userId);
  await eventually(async () => expect((await api.reserve(eventId, seatIds)).status).toBe(201));
});

test('a paid, cancelled, foreign or unknown reservation is not extended', async () => {
  const [paid, cancelled, foreign] = [await sale.held(), await sale.held(), await sale.held()];
  await service.db
    .updateTable('reservations')
    .set({ status: 'confirmed', payment_status: 'completed' })
    .where('id', '=', paid.id)
    .execute();
  await api.cancel(cancelled.id, cancelled.userId);
  const answers = [
    await extend(paid.id, paid.userId),
    await extend(cancelled.id, cancelled.userId),
    await extend(foreign.id, randomUUID()),
    await extend(randomUUID(), randomUUID()),
  ];
  expect(tally(answers)).toEqual({ '409 RESERVATION_NOT_EXTENDABLE': 2, '404 RESERVATION_NOT_FOUND': 2 });
});

test.each([
  ['is cancelled', sql`status = 'cancelled'`],
  ['has begun', sql`event_date = now(), sale_end_date = now()`],
])('a hold of an event that %s is not extended', async (_what, change) => {
  const { id, userId, eventId } = await sale.held();
  await sql`UPDATE events SET ${change} WHERE id = ${eventId}`.execute(service.db);
  const before = await expiry(id, userId);
  expect(tally([await extend(id, userId)])).toEqual({ '409 RESERVATION_NOT_EXTENDABLE': 1 });
  expect(await expiry(id, userId)).toBe(before);
});

test('a hold is extended after the end of the sale, while it can still be paid', async () => {
  const { id, userId, eventId, amount } = await sale.held();
  await sql`UPDATE events SET sale_end_date = now() WHERE id = ${eventId}`.execute(service.db);
  expect((await extend(id, userId)).status).toBe(200);
  expect((await sale.confirm(id, amount)).status).toBe(200);
});

test.each([
  ['an extension', extend, '409 RESERVATION_NOT_EXTENDABLE'],
  ['a payment', (id: string) => sale.confirm(id, 2 * PRICE), '410 PAYMENT_TOO_LATE'],
] as const)(
  '%s that waits for the reservation sees that the event was cancelled meanwhile',
  async (_what, ask, refusal) => {
    const { id, userId, eventId } = await sale.held();
    const cancelEvent = await hold(service.db, async (trx) => {
      await sql`UPDATE events SET status = 'cancelled' WHERE id = ${eventId}`.execute(trx);
      await sql`SELECT FROM reservations WHERE id = ${id} FOR UPDATE`.execute(trx);
    });
    const asked = ask(id, userId);
    await untilLockWaiters(service.db, 1);
    await cancelEvent();
    expect(tally([await asked])).toEqual({ [refusal]: 1 });
  },
);

test('a user outside the waiting room may not extend a hold', async () => {
  const { id, userId, eventId } = await sale.held();
  const next = randomUUID();
  await api.post(`/queue/leave/${eventId}`, userId);
  await api.post(`/queue/check/${eventId}`, next);
  await api.post(`/queue/check/${eventId}`, randomUUID());
  const before = await expiry(id, userId);
  expect(tally([await extend(id, userId)])).toEqual({ '403 QUEUE_REQUIRED': 1 });
  expect(await expiry(id, userId)).toBe(before);
});

test('an extension at the moment of expiry either extends the hold or finds it expired', async () => {
  for (let round = 0; round < 10; round++) {
    const { id, userId, eventId, seatIds } = await sale.held(1);
    await sale.expireIn(id, 0.02);
    await new Promise((resolve) => setTimeout(resolve, 2 * round));
    const { status } = await extend(id, userId, round % 2);
    expect([200, 410]).toContain(status);
    await api.post(`/queue/leave/${eventId}`, userId);
    await eventually(async () => {
      const { body } = await api.get(`/reservations/${id}`, userId);
      expect(body.reservation.status).toBe(status === 200 ? 'pending' : 'expired');
    });
    const taken = await api.reserve(eventId, seatIds);
    expect(taken.status).toBe(status === 200 ? 409 : 201);
  }
});

/** Locks the row of the reservation. */
const holdReservation = (id: string) =>
  hold(service.db, (trx) => sql`SELECT FROM reservations WHERE id = ${id} FOR UPDATE`.execute(trx));

/** Makes every change of the reservation wait in its commit. */
async function holdCommit(id: string) {
  const slow = sql`SELECT pg_advisory_xact_lock(hashtextextended('slow commit', 0))`;
  const letGo = await hold(service.db, (trx) => slow.execute(trx));
  await sql`
    CREATE FUNCTION commit_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('slow commit', 0));
      RETURN NULL;
    END $$`.execute(service.db);
  await sql`
    CREATE CONSTRAINT TRIGGER commit_slowly AFTER UPDATE ON reservations DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id = ${sql.lit(id)}) EXECUTE FUNCTION commit_slowly()`.execute(service.db);
  return async () => {
    await letGo();
    await sql`DROP FUNCTION IF EXISTS commit_slowly CASCADE`.execute(service.db);
  };
}

test.each([
  ['waits for the reservation', holdReservation],
  ['is slow to commit', holdCommit],
])(
  'an extension that %s until the hold has expired never takes the user beyond the limit',
  async (_what, obstruct) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 8 });
    const userId = randomUUID();
    const { id } = (await api.reserve(eventId, seatIds.slice(0, 4), userId)).body.reservation;
    const answers = await sale.acrossExpiry(
      id,
      () => obstruct(id),
      () => extend(id, userId),
      () => api.reserve(eventId, seatIds.slice(4), userId),
    );
    expect([
      ['200', '422 TOO_MANY_SEATS'],
      ['201', '410 RESERVATION_EXPIRED'],
    ]).toContainEqual(Object.keys(tally([...answers])).sort());
  },
);
