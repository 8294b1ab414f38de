import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pairKey } from '../../../../src/idempotency/lock-names.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf, PRICE } from './lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  // The tests sweep by hand, so that a hold stays unswept for as long as a test needs it.
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

describe('at once', () => {
  /** A payment id whose lock is taken before the lock of this name. */
  async function paymentBefore(name: string): Promise<string> {
    for (;;) {
      const id = randomUUID();
      const { rows } = await sql`
        SELECT WHERE hashtextextended(${`payment/${id}`}, 0) < hashtextextended(${name}, 0)`.execute(
        service.db,
      );
      if (rows.length > 0) return id;
    }
  }

  test('of ten payments for one reservation, one pays', async () => {
    const { id, amount } = await sale.held();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => sale.confirm(id, amount, undefined, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 1, '409 ALREADY_PAID': 9 });
  });

  test('one payment for ten reservations pays one of them', async () => {
    const holds = await Promise.all(Array.from({ length: 10 }, () => sale.held(1)));
    const paymentId = randomUUID();
    const answers = await Promise.all(
      holds.map(({ id, amount }, index) => sale.confirm(id, amount, paymentId, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 1, '409 PAYMENT_REUSED': 9 });
  });

  test('one payment reported ten times gets the same answer each time', async () => {
    const { id, amount } = await sale.held();
    const paymentId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => sale.confirm(id, amount, paymentId, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 10 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('a late payment and a new hold of the same user never exceed the limit', async () => {
    for (let round = 0; round < 10; round++) {
      const { eventId, seatIds } = await service.seedEvent({ seats: 6, price: PRICE });
      const userId = randomUUID();
      const { body } = await api.reserve(eventId, seatIds.slice(0, 3), userId);
      await sale.expire(body.reservation.id);
      const [paid, taken] = await Promise.all([
        sale.confirm(body.reservation.id, 3 * PRICE, undefined, round % 2),
        apiOf(service, (round + 1) % 2).reserve(eventId, seatIds.slice(3), userId),
      ]);
      expect([
        ['200', '422 TOO_MANY_SEATS'],
        ['201', '410 PAYMENT_TOO_LATE'],
      ]).toContainEqual(Object.keys(tally([paid, taken])).sort());
    }
  });

  test('a payment that begins before the hold expires and a new hold after it never exceed the limit', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 8, price: PRICE });
    const userId = randomUUID();
    const { id } = (await api.reserve(eventId, seatIds.slice(0, 4), userId)).body.reservation;
    const paymentId = await paymentBefore(pairKey(userId, eventId));
    const answers = await sale.acrossExpiry(
      id,
      () =>
        hold(service.db, (trx) =>
          sql`SELECT pg_advisory_xact_lock(hashtextextended(${`payment/${paymentId}`}, 0))`.execute(trx),
        ),
      () => sale.confirm(id, 4 * PRICE, paymentId),
      () => api.reserve(eventId, seatIds.slice(4), userId),
    );
    expect([
      ['200', '422 TOO_MANY_SEATS'],
      ['201', '410 PAYMENT_TOO_LATE'],
    ]).toContainEqual(Object.keys(tally([...answers])).sort());
  });

  test('payments beside the sweep keep their seats', async () => {
    for (let round = 0; round < 5; round++) {
      const holds = await Promise.all(Array.from({ length: 8 }, () => sale.held(2)));
      for (const { id } of holds) await sale.expire(id);
      const [answers] = await Promise.all([
        Promise.all(holds.map(({ id, amount }, index) => sale.confirm(id, amount, undefined, index % 2))),
        sale.sweepAll(),
        sale.sweepAll(),
      ]);
      expect(tally(answers)).toEqual({ 200: 8 });
      for (const { eventId } of holds)
        expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
    }
  });

  test('beside the sweep and new buyers, each late payment gets its seats or a refund, and each seat one owner', async () => {
    for (let round = 0; round < 5; round++) {
      const holds = await Promise.all(Array.from({ length: 8 }, () => sale.held(2)));
      for (const { id } of holds) await sale.expire(id);
      const [paid, bought] = await Promise.all([
        Promise.all(holds.map(({ id, amount }, index) => sale.confirm(id, amount, undefined, index % 2))),
        Promise.all(
          holds.map(({ eventId, seatIds }, index) =>
            apiOf(service, index % 2).reserve(eventId, [...seatIds].reverse()),
          ),
        ),
        sale.sweepAll(),
      ]);
      for (const [index, { id, eventId }] of holds.entries()) {
        const outcome = Object.keys(
          tally([paid[index] as (typeof paid)[number], bought[index] as (typeof bought)[number]]),
        );
        expect([
          ['200', '409 SEAT_UNAVAILABLE'],
          ['201', '410 PAYMENT_TOO_LATE'],
        ]).toContainEqual(outcome.sort());
        const soldTo = paid[index]?.status === 200 ? 'reserved' : 'locked';
        expect(await sale.seatStatuses(eventId)).toEqual([soldTo, soldTo]);
        expect(await sale.payment(id)).toMatchObject({ refund_due: paid[index]?.status === 410 });
      }
    }
  });

  test('a payment and a cancellation end as paid and refunded, or as too late', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, userId, eventId, amount } = await sale.held(1);
      const [paid, cancelled] = await Promise.all([
        sale.confirm(id, amount, undefined, round % 2),
        apiOf(service, (round + 1) % 2).cancel(id, userId),
      ]);
      expect(cancelled.status).toBe(200);
      const expected = paid.status === 200 ? { payment_status: 'completed' } : { payment_status: 'pending' };
      expect(await sale.payment(id)).toMatchObject({ status: 'cancelled', refund_due: true, ...expected });
      expect(await sale.seatStatuses(eventId)).toEqual(['available']);
    }
  });
});
