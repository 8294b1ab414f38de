import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf } from './lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

test('a second payment is due for refund once, however often it is reported, and the reservation stays paid', async () => {
  const [{ id, amount }, other] = [await sale.held(), await sale.held()];
  await sale.confirm(id, amount, `first-${id}`);
  const second = `second-${id}`;
  const answers = await Promise.all([0, 1, 0, 1].map((at) => sale.confirm(id, amount + 7, second, at)));
  expect(tally(answers)).toEqual({ '409 ALREADY_PAID': 4 });
  const payment = await sale.payment(id);
  expect(payment).toMatchObject({
    status: 'confirmed',
    payment_status: 'completed',
    payment_id: `first-${id}`,
    refund_due: true,
    refund_due_amount: amount + 7,
    refunds: [{ payment_id: second, amount: amount + 7, reason: 'paid_twice' }],
  });
  expect((await sale.refundsDue('?limit=100')).reservations).toContainEqual(payment);

  // It pays for nothing else, and neither does the payment of another reservation for this one.
  expect(tally([await sale.confirm(other.id, amount, second)])).toEqual({ '409 PAYMENT_REUSED': 1 });
  await sale.confirm(other.id, amount, `first-${other.id}`);
  expect(tally([await sale.confirm(id, amount, `first-${other.id}`)])).toEqual({ '409 ALREADY_PAID': 1 });
  expect((await sale.payment(id)).refunds).toHaveLength(1);

  const noted = await sale.noteRefund(id);
  expect(noted.body.reservation).toMatchObject({
    status: 'confirmed',
    payment_status: 'completed',
    refund_due: false,
  });
});

test('a reservation of 0 won is confirmed when it is held', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 4, stock: [5], price: 0 });
  const userId = randomUUID();
  const held = await api.reserve(eventId, seatIds.slice(0, 2), userId);
  expect(held.body.reservation).toMatchObject({
    totalAmount: 0,
    seats: [{ status: 'reserved' }, { status: 'reserved' }],
  });
  const best = await api.best({ eventId, quantity: 1 }, userId);
  const bought = await api.post('/reservations', userId, {
    eventId,
    items: [{ ticketTypeId: ticketTypeIds[0], quantity: 2 }],
  });
  for (const { status, body } of [held, best, bought]) {
    expect(status).toBe(201);
    const { id } = body.reservation;
    await sale.expire(id);
    await sale.sweepAll();
    expect(await sale.payment(id)).toMatchObject({
      status: 'confirmed',
      payment_status: 'completed',
      payment_method: null,
      refund_due: false,
    });
    expect(tally([await sale.confirm(id, 0), await api.post(`/reservations/${id}/extend`, userId)])).toEqual({
      200: 1,
      '409 RESERVATION_NOT_EXTENDABLE': 1,
    });
    const cancelled = await api.cancel(id, userId);
    expect(cancelled.body).toMatchObject({ refund_amount: 0, reservation: { refund_due: false } });
  }
  expect(await sale.seatStatuses(eventId)).toEqual(Array(4).fill('available'));
});
