import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { apiOf, type HttpAnswer, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
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

describe('a payment that comes too late', () => {
  test.each([
    ['swept', () => sale.sweepAll()],
    ['not swept', async () => undefined],
  ])('takes the same seats again if they are free: %s', async (_what, swept) => {
    const { id, eventId, amount } = await sale.held();
    await sale.expire(id);
    await swept();
    expect(await sale.payment(id)).toMatchObject({ status: 'expired' });
    expect((await sale.confirm(id, amount)).status).toBe(200);
    expect(await sale.payment(id)).toMatchObject({ status: 'confirmed', refund_due: false });
    expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
  });

  test('takes no seat if one of them is gone, and is due for refund', async () => {
    const { id, eventId, seatIds, amount } = await sale.held(3);
    await sale.expire(id);
    expect((await api.reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
    const paymentId = randomUUID();
    const first = await sale.confirm(id, amount, paymentId);
    expect(tally([first])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available', 'locked']);
    expect(await sale.payment(id)).toMatchObject({
      status: 'expired',
      payment_id: paymentId,
      payment_method: 'card',
      paid_at: expect.any(String),
      refund_due: true,
    });
    const due = (await sale.refundsDue()).reservations;
    expect(due.filter((each: { id: string }) => each.id === id)).toEqual([await sale.payment(id)]);

    // It stays too late when the seat is free again: the money is on its way back.
    await service.db
      .updateTable('reservations')
      .set({ expires_at: sql`now()` })
      .where('event_id', '=', eventId)
      .execute();
    await sale.sweepAll();
    const again = [await sale.confirm(id, amount, paymentId), await sale.confirm(id, amount)];
    expect(tally(again)).toEqual({ '410 PAYMENT_TOO_LATE': 1, '409 ALREADY_PAID': 1 });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available', 'available']);
  });

  test('for tickets takes them again, or is due for refund if they are gone', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [3], price: PRICE });
    const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 2 }];
    const ids: string[] = [];
    for (let buyer = 0; buyer < 2; buyer++) {
      const { body } = await api.buy(eventId, items);
      ids.push(body.reservation.id);
      await sale.expire(body.reservation.id);
      await sale.sweepAll();
    }
    const answers = [
      await sale.confirm(ids[0] as string, 2 * PRICE),
      await sale.confirm(ids[1] as string, 2 * PRICE),
    ];
    expect(tally(answers)).toEqual({ 200: 1, '410 PAYMENT_TOO_LATE': 1 });
    const stock = await api.get(`/tickets/availability/${ticketTypeIds[0]}`);
    expect(stock.body.available_quantity).toBe(1);
  });

  test('takes seats from an expired hold that is not swept yet', async () => {
    const { id, eventId, seatIds, amount } = await sale.held();
    await sale.expire(id);
    await sale.sweepAll();
    const other = await api.reserve(eventId, seatIds.slice(1));
    await sale.expire(other.body.reservation.id);
    expect((await sale.confirm(id, amount)).status).toBe(200);
    expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
    expect(await sale.payment(other.body.reservation.id)).toMatchObject({ status: 'expired' });
  });

  test('waits for an expired hold that another transaction is working on, though others are out of its way', async () => {
    const { id, eventId, seatIds, amount } = await sale.held();
    await sale.expire(id);
    await sale.sweepAll();
    const [one, other] = await Promise.all(seatIds.map((seatId) => api.reserve(eventId, [seatId])));
    for (const { body } of [one, other] as HttpAnswer[]) await sale.expire(body.reservation.id);
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT FROM reservations WHERE id = ${other?.body.reservation.id} FOR UPDATE`.execute(trx),
    );
    onTestFinished(letGo);
    const paying = sale.confirm(id, amount);
    await eventually(async () => expect(await sale.seatStatuses(eventId)).toEqual(['available', 'locked']));
    await letGo();
    expect((await paying).status).toBe(200);
    expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
  });

  test('waits for no hold once it was found too late, or if its reservation was cancelled', async () => {
    const { id, eventId, seatIds, amount } = await sale.held();
    const userId = randomUUID();
    await sale.expire(id);
    await sale.sweepAll();
    const cancelled = await api.reserve(eventId, seatIds, userId);
    await api.cancel(cancelled.body.reservation.id, userId);
    const other = await api.reserve(eventId, seatIds);
    const paymentId = randomUUID();
    const first = await sale.confirm(id, amount, paymentId);
    await sale.expire(other.body.reservation.id);
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT FROM reservations WHERE id = ${other.body.reservation.id} FOR UPDATE`.execute(trx),
    );
    onTestFinished(letGo);
    const again = await sale.confirm(id, amount, paymentId);
    const late = await sale.confirm(cancelled.body.reservation.id, amount);
    expect(tally([first, again, late])).toEqual({ '410 PAYMENT_TOO_LATE': 3 });
  });

  test('takes tickets from an expired hold that is not swept yet', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1, 3], price: PRICE });
    const [, ticketTypeId] = ticketTypeIds as [string, string];
    const ids: string[] = [];
    for (const swept of [sale.sweepAll, async () => undefined]) {
      const { body } = await api.buy(eventId, [{ ticketTypeId, quantity: 2 }]);
      ids.push(body.reservation.id);
      await sale.expire(body.reservation.id);
      await swept();
    }
    expect((await sale.confirm(ids[0] as string, 2 * PRICE)).status).toBe(200);
    expect(await sale.payment(ids[1] as string)).toMatchObject({ status: 'expired' });
  });

  const ends: [string, ReturnType<typeof sql>][] = [
    ['was cancelled', sql`status = 'cancelled'`],
    ['has begun', sql`event_date = now(), sale_end_date = now() - interval '1 second'`],
  ];
  test.each(ends)('takes no seat if the event %s', async (_what, change) => {
    const { id, eventId, amount } = await sale.held();
    await sale.expire(id);
    await sale.sweepAll();
    await sql`UPDATE events SET ${change} WHERE id = ${eventId}`.execute(service.db);
    expect(tally([await sale.confirm(id, amount)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available']);
  });

  test.each(ends)('is also one for a live hold if the event %s', async (_what, change) => {
    const { id, eventId, amount } = await sale.held();
    await sql`UPDATE events SET ${change} WHERE id = ${eventId}`.execute(service.db);
    const freed: string[] = [];
    service.app.announcements.onChanged((changes) => {
      if (changes.eventId === eventId) freed.push(...changes.seats.map(({ status }) => status));
    });
    const paymentId = randomUUID();
    const answers = [await sale.confirm(id, amount, paymentId), await sale.confirm(id, amount, paymentId, 1)];
    expect(tally(answers)).toEqual({ '410 PAYMENT_TOO_LATE': 2 });
    expect(await sale.payment(id)).toMatchObject({
      // The reservations of a cancelled event are cancelled by themselves, which may come first.
      status: expect.stringMatching(/^(expired|cancelled)$/),
      payment_status: 'pending',
      refund_due: true,
    });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available']);
    await eventually(() => expect(freed).toEqual(['available', 'available']));
  });

  test.each([
    ['swept', () => sale.sweepAll()],
    ['not swept', async () => undefined],
  ])('never takes a user beyond the limit: %s', async (_what, swept) => {
    const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
      seats: 8,
      stock: [20],
      price: PRICE,
    });
    const userId = randomUUID();
    const buy = (quantity: number) =>
      api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity }], userId);
    // Two of four seats and four of eight tickets, and then the other half: exactly the limit.
    const early = [await api.reserve(eventId, seatIds.slice(0, 2), userId), await buy(4)];
    const ids = early.map(({ body }) => body.reservation.id as string);
    for (const id of ids) await sale.expire(id);
    await swept();
    const half = [await api.reserve(eventId, seatIds.slice(4, 6), userId), await buy(4)];
    expect(tally(half)).toEqual({ 201: 2 });
    const [seats, tickets] = ids as [string, string];
    const paid = [await sale.confirm(seats, 2 * PRICE), await sale.confirm(tickets, 4 * PRICE)];
    expect(tally(paid)).toEqual({ 200: 2 });

    // Once more, with one beyond the limit.
    const other = randomUUID();
    const late = [await api.reserve(eventId, seatIds.slice(2, 4), other)];
    late.push(await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 6 }], other));
    const lateIds = late.map(({ body }) => body.reservation.id as string);
    for (const id of lateIds) await sale.expire(id);
    await swept();
    const more = [
      await api.reserve(eventId, [seatIds[6], seatIds[7]] as string[], other),
      await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 3 }], other),
    ];
    expect(tally(more)).toEqual({ 201: 2 });
    await service.db
      .updateTable('reservations')
      .set({ status: 'cancelled' })
      .where('id', '=', half[0]?.body.reservation.id)
      .execute();
    expect((await api.reserve(eventId, seatIds.slice(4, 5), other)).status).toBe(201);
    const refused = [
      await sale.confirm(lateIds[0] as string, 2 * PRICE),
      await sale.confirm(lateIds[1] as string, 6 * PRICE),
    ];
    expect(tally(refused)).toEqual({ '410 PAYMENT_TOO_LATE': 2 });
    for (const id of lateIds)
      expect(await sale.payment(id)).toMatchObject({ status: 'expired', refund_due: true });
  });

  test('of a wrong amount is refused', async () => {
    const { id, amount } = await sale.held();
    await sale.expire(id);
    await sale.sweepAll();
    expect(tally([await sale.confirm(id, amount - 1)])).toEqual({ '422 AMOUNT_MISMATCH': 1 });
    expect(await sale.payment(id)).toMatchObject({ refund_due: false, payment_id: null });
  });

  test('for a cancelled reservation is due for refund', async () => {
    const { id, userId, amount } = await sale.held();
    await api.cancel(id, userId);
    expect(tally([await sale.confirm(id, amount)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await sale.payment(id)).toMatchObject({ status: 'cancelled', refund_due: true });
  });
});
