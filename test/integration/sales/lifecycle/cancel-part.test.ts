import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { claim } from '../../database/plain-sql.ts';
import { lifecycleOf, PRICE } from './lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

type Items = ({ seatId: string } | { ticketTypeId: string; quantity: number })[];

const cancel = (id: string, userId: string, items: Items, instance = 0) =>
  apiOf(service, instance).post(`/reservations/${id}/cancel`, userId, { items });
const seats = (ids: string[]): Items => ids.map((seatId) => ({ seatId }));

async function tickets(quantity: number) {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10], price: PRICE });
  const [type] = ticketTypeIds as [string];
  const userId = randomUUID();
  const bought = await api.post('/reservations', userId, {
    eventId,
    items: [{ ticketTypeId: type, quantity }],
  });
  const { id } = bought.body.reservation as { id: string };
  const stock = service.db.selectFrom('ticket_types').select('available_quantity').where('id', '=', type);
  const left = async () => (await stock.executeTakeFirst())?.available_quantity;
  const some = (count: number): Items => [{ ticketTypeId: type, quantity: count }];
  return { eventId, type, userId, id, left, some };
}

describe('cancelling a part of a reservation', () => {
  test('before the payment frees it, and the rest is paid with what remains', async () => {
    const { id, userId, eventId, seatIds } = await sale.held(3);
    const [first, ...rest] = seatIds as [string, string, string];
    const answer = await cancel(id, userId, seats([first]));
    expect(answer.body).toEqual({
      message: '선택한 좌석과 티켓이 취소되었습니다.',
      refund_amount: 0,
      reservation: {
        id,
        status: 'pending',
        payment_status: 'pending',
        total_amount: 2 * PRICE,
        refund_due: false,
        refund_due_amount: 0,
      },
    });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'locked', 'locked']);
    const { body } = await api.get(`/seats/reservation/${id}`, userId);
    expect(body.reservation.seats.map(({ seatId }: { seatId: string }) => seatId).sort()).toEqual(
      rest.toSorted(),
    );
    expect(tally([await sale.confirm(id, 3 * PRICE), await sale.confirm(id, 2 * PRICE)])).toEqual({
      '422 AMOUNT_MISMATCH': 1,
      200: 1,
    });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'reserved', 'reserved']);
  });

  test('shows in the reservation, with what is refunded and what could be cancelled next', async () => {
    const { id, userId, type, some } = await tickets(5);
    await sale.confirm(id, 5 * PRICE, `pay-${id}`);
    await cancel(id, userId, some(2));
    const { body } = await api.get(`/reservations/${id}`, userId);
    const item = { ticketTypeId: type, seatId: null, unitPrice: PRICE };
    expect(body.reservation).toMatchObject({
      items: [{ ...item, quantity: 3, subtotal: 3 * PRICE }],
      cancelled_items: [{ ...item, quantity: 2, subtotal: 2 * PRICE }],
      refunds: [{ amount: 2 * PRICE, reason: 'cancelled_in_part', refunded_at: null }],
      timezone: 'Asia/Seoul',
    });
  });

  test('after the payment makes its price due for refund, and the rest stays paid', async () => {
    const { id, userId, left, some } = await tickets(5);
    await sale.confirm(id, 5 * PRICE, `pay-${id}`);
    const answer = await cancel(id, userId, some(2));
    expect(answer.body).toMatchObject({
      refund_amount: 2 * PRICE,
      reservation: { status: 'confirmed', payment_status: 'completed', total_amount: 3 * PRICE },
    });
    expect(await left()).toBe(7);
    await cancel(id, userId, some(1));
    const due = await sale.payment(id);
    expect(due).toMatchObject({ refund_due: true, refund_due_amount: 3 * PRICE, refunded_at: null });
    const refund = { payment_id: `pay-${id}`, reason: 'cancelled_in_part', refunded_at: null };
    expect(due.refunds).toMatchObject([
      { ...refund, amount: 2 * PRICE },
      { ...refund, amount: PRICE },
    ]);
    const { reservations } = await sale.refundsDue('?limit=100');
    expect(reservations).toContainEqual(due);
    const { body } = await api.get(`/reservations/${id}`, userId);
    expect(body.reservation).toMatchObject({ total_amount: 2 * PRICE, items: [{ quantity: 2 }] });
  });

  test('each refund is noted on its own, and the reservation is refunded once all money is back', async () => {
    const { id, userId, some } = await tickets(3);
    await sale.confirm(id, 3 * PRICE);
    await cancel(id, userId, some(1));
    await api.cancel(id, userId);
    const [first, second] = (await sale.payment(id)).refunds;
    expect([first, second]).toMatchObject([
      { amount: PRICE, reason: 'cancelled_in_part' },
      { amount: 2 * PRICE, reason: 'cancelled' },
    ]);
    const note = (payload: object) =>
      api.post(`/reservations/${id}/refunded`, service.as(undefined, 'service'), payload);
    for (const _ of [1, 2]) {
      const { body } = await note({ refundId: second.id });
      expect(body.reservation).toMatchObject({
        payment_status: 'completed',
        refund_due: true,
        refund_due_amount: PRICE,
        refunded_at: null,
      });
    }
    expect(tally([await note({ refundId: randomUUID() })])).toEqual({ '409 REFUND_NOT_DUE': 1 });
    const { body } = await note({ refundId: first.id });
    expect(body.reservation).toMatchObject({
      payment_status: 'refunded',
      refund_due: false,
      refund_due_amount: 0,
      refunded_at: expect.any(String),
    });
  });

  test('cancels the reservation with its last items', async () => {
    const { id, userId, seatIds, eventId } = await sale.held(2);
    await sale.confirm(id, 2 * PRICE);
    const [first, second] = seatIds as [string, string];
    await cancel(id, userId, seats([first]));
    const answer = await cancel(id, userId, seats([second]));
    expect(answer.body).toMatchObject({
      message: '예매가 취소되었습니다.',
      refund_amount: PRICE,
      reservation: { status: 'cancelled', total_amount: PRICE, refund_due_amount: 2 * PRICE },
    });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available']);
  });

  test('is refused for what the reservation does not have, and changes nothing', async () => {
    const { id, userId, some } = await tickets(2);
    const other = await sale.held(1);
    const before = await sale.payment(id);
    const asked = [
      some(3),
      [...some(1), ...some(2)],
      seats(other.seatIds),
      [...some(1), { ticketTypeId: randomUUID(), quantity: 1 }],
    ];
    const answers = await Promise.all(asked.map((items) => cancel(id, userId, items)));
    expect(tally(answers)).toEqual({ '409 ITEMS_NOT_HELD': 4 });
    expect(await sale.payment(id)).toEqual(before);
    const invalid = [{ items: [] }, { items: [{}] }, { items: some(0) }, { more: 1 }, []];
    for (const payload of invalid)
      expect((await api.post(`/reservations/${id}/cancel`, userId, payload)).status).toBe(400);
  });

  test('leaves what is free of charge, and confirms it', async () => {
    const { id, userId, seatIds, eventId } = await sale.held(1);
    const [seat] = seatIds as [string];
    const free = await service.db
      .insertInto('ticket_types')
      .values({
        event_id: eventId,
        name: '초대',
        price: 0,
        total_quantity: 1,
        available_quantity: 1,
        description: null,
        max_quantity: null,
        sale_start_date: null,
        sale_end_date: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await service.db.transaction().execute(async (trx) => {
      await sql`UPDATE reservations SET updated_at = now() WHERE id = ${id}`.execute(trx);
      await sql`
        INSERT INTO reservation_items (reservation_id, position, ticket_type_id, quantity, unit_price)
        VALUES (${id}, 2, ${free.id}, 1, 0)`.execute(trx);
    });
    expect((await cancel(id, userId, seats([seat]))).body.reservation).toMatchObject({
      status: 'confirmed',
      payment_status: 'completed',
      total_amount: 0,
      refund_due: false,
    });
  });

  test('leaves only as many tickets as are sold together, unless an organizer cancels', async () => {
    const { id, type, userId, left, some } = await tickets(8);
    await sql`UPDATE ticket_types SET min_quantity = 2, quantity_step = 2 WHERE id = ${type}`.execute(
      service.db,
    );
    const before = await sale.payment(id);
    const refused = [await cancel(id, userId, some(3)), await cancel(id, userId, some(7))];
    expect(tally(refused)).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 2 });
    expect(await sale.payment(id)).toEqual(before);
    expect(tally([await cancel(id, userId, some(4))])).toEqual({ 200: 1 });
    const byOrganizer = await api.post(`/admin/reservations/${id}/cancel`, service.as(undefined, 'admin'), {
      reason: '단체 인원 변경',
      items: some(3),
    });
    expect(byOrganizer.status).toBe(200);
    expect(tally([await cancel(id, userId, some(1))])).toEqual({ 200: 1 });
    expect(await left()).toBe(10);
  });

  test('stays with others when a payment comes late', async () => {
    const { id, userId, seatIds, eventId } = await sale.held(2);
    const [given, kept] = seatIds as [string, string];
    await cancel(id, userId, seats([given]));
    expect((await api.reserve(eventId, [given])).status).toBe(201);
    await sale.expire(id);
    await sale.sweepAll();
    expect((await api.reserve(eventId, [kept])).status).toBe(201);
    await service.db
      .updateTable('reservations')
      .set({ expires_at: new Date(0) })
      .where('event_id', '=', eventId)
      .execute();
    await sale.sweepAll();
    expect(tally([await sale.confirm(id, PRICE)])).toEqual({ 200: 1 });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'reserved']);
  });
});

describe('a race', () => {
  const ROUNDS = 5;

  test('of two cancellations of the same part cancels it once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, userId, left, some } = await tickets(4);
      await sale.confirm(id, 4 * PRICE);
      const answers = await Promise.all([0, 1, 0].map((instance) => cancel(id, userId, some(2), instance)));
      expect(tally(answers)).toEqual({ 200: 2, '409 RESERVATION_NOT_CANCELLABLE': 1 });
      expect(await left()).toBe(10);
      expect(await sale.payment(id)).toMatchObject({ status: 'cancelled', refund_due_amount: 4 * PRICE });
    }
  });

  test('of a cancellation and the payment ends as paid and due, or as the wrong amount', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, userId, some } = await tickets(2);
      const [payment] = await Promise.all([
        sale.confirm(id, 2 * PRICE, randomUUID(), 1),
        cancel(id, userId, some(1)),
      ]);
      const paid = payment.status === 200;
      expect(await sale.payment(id)).toMatchObject({
        total_amount: PRICE,
        status: paid ? 'confirmed' : 'pending',
        refund_due_amount: paid ? PRICE : 0,
      });
      expect([200, 422]).toContain(payment.status);
    }
  });

  test('of a cancellation and the end of the hold returns each ticket once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, userId, left, some } = await tickets(3);
      await sale.expireIn(id, 0.01);
      const [answer] = await Promise.all([cancel(id, userId, some(2)), sale.sweepAll()]);
      expect([200, 410]).toContain(answer.status);
      await sale.expire(id);
      await sale.sweepAll();
      expect(await left()).toBe(10);
    }
  });

  test('of a cancellation with a sale of other seats is no deadlock', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 3, price: PRICE });
    const [paid, free, other] = seatIds as [string, string, string];
    await sql`UPDATE seats SET price = 0 WHERE id = ${free}`.execute(service.db);
    const userId = randomUUID();
    const { id } = (await api.reserve(eventId, [paid, free], userId)).body.reservation;
    // A batch of buyers who want the free seat, which is taken, and another one.
    const { cancelling } = await service.db.transaction().execute(async (batch) => {
      await sql`SELECT FROM seats WHERE id = ANY (${[free, other]}) ORDER BY id FOR NO KEY UPDATE`.execute(
        batch,
      );
      const cancelling = cancel(id, userId, seats([paid]));
      await untilLockWaiters(service.db, 1);
      await claim(batch, eventId, { seats: [other] });
      return { cancelling };
    });
    expect((await cancelling).body.reservation).toMatchObject({ status: 'confirmed', total_amount: 0 });
  });

  test('of cancellations that lock nothing is decided by the database', async () => {
    const { id } = await tickets(4);
    const bothHaveRead = Promise.withResolvers<void>();
    let readers = 0;
    const careless = () =>
      service.db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ claimed: number }>`
          SELECT quantity - cancelled_quantity AS claimed FROM reservation_items WHERE reservation_id = ${id}`.execute(
          trx,
        );
        if (++readers === 2) bothHaveRead.resolve();
        await bothHaveRead.promise;
        if ((rows[0]?.claimed ?? 0) < 3) return;
        await sql`UPDATE reservation_items SET cancelled_quantity = cancelled_quantity + 3 WHERE reservation_id = ${id}`.execute(
          trx,
        );
      });
    const outcomes = await Promise.allSettled([careless(), careless()]);
    // Both read that three are left to cancel. With the lock of the reservation, the second one would have read that one is.
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await sql`UPDATE reservations SET total_amount = ${PRICE} WHERE id = ${id}`.execute(service.db);
  });
});
