import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
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

describe('a payment', () => {
  test('of the right amount confirms the reservation and sells its seats', async () => {
    const { id, eventId, userId, amount } = await sale.held();
    expect(await sale.payment(id)).toMatchObject({
      payment_id: null,
      paid_at: null,
      payment_method: null,
      refund_due: false,
    });
    const { status, body } = await sale.confirm(id, amount, 'pay-1');
    expect([status, body]).toEqual([
      200,
      {
        message: '결제가 완료되었습니다.',
        reservation: {
          id,
          reservation_number: expect.stringMatching(/^TK/),
          status: 'confirmed',
          payment_status: 'completed',
          refund_due: false,
          payment_method: 'card',
          paymentId: 'pay-1',
          total_amount: amount,
        },
      },
    ]);
    expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
    expect(await sale.payment(id)).toMatchObject({
      user_id: userId,
      event_id: eventId,
      status: 'confirmed',
      payment_status: 'completed',
      payment_id: 'pay-1',
      paid_at: expect.any(String),
      refund_due: false,
    });
    await sale.expire(id);
    await sale.sweepAll();
    expect(await sale.seatStatuses(eventId)).toEqual(['reserved', 'reserved']);
  });

  test.each([-1, 1])('of an amount that is %i won off is refused, and changes nothing', async (off) => {
    const { id, eventId, amount } = await sale.held();
    const before = await sale.payment(id);
    expect(tally([await sale.confirm(id, amount + off)])).toEqual({ '422 AMOUNT_MISMATCH': 1 });
    expect(await sale.payment(id)).toEqual(before);
    expect(await sale.seatStatuses(eventId)).toEqual(['locked', 'locked']);
    expect((await sale.confirm(id, amount)).status).toBe(200);
  });

  test('reported again gets the same answer and changes nothing', async () => {
    const { id, amount } = await sale.held();
    const paymentId = randomUUID();
    const first = await sale.confirm(id, amount, paymentId);
    const before = await sale.payment(id);
    for (const instance of [0, 1]) expect(await sale.confirm(id, amount, paymentId, instance)).toEqual(first);
    expect(await sale.payment(id)).toEqual(before);
  });

  test('reported again after a cancellation gets the state of the reservation', async () => {
    const { id, userId, amount } = await sale.held();
    const paymentId = randomUUID();
    await sale.confirm(id, amount, paymentId);
    expect((await api.cancel(id, userId)).status).toBe(200);
    const again = await sale.confirm(id, amount, paymentId);
    expect(again).toMatchObject({
      status: 200,
      body: {
        reservation: {
          status: 'cancelled',
          payment_status: 'completed',
          refund_due: true,
          payment_method: 'card',
        },
      },
    });
    expect(await sale.payment(id)).toMatchObject({ refund_due: true });
  });

  test('pays one reservation once: a second payment and a second reservation are refused', async () => {
    const [one, other] = [await sale.held(), await sale.held()];
    const paymentId = randomUUID();
    expect((await sale.confirm(one.id, one.amount, paymentId)).status).toBe(200);
    const again = [
      await sale.confirm(one.id, one.amount),
      await sale.confirm(other.id, other.amount, paymentId),
    ];
    expect(tally(again)).toEqual({ '409 ALREADY_PAID': 1, '409 PAYMENT_REUSED': 1 });
    expect(await sale.payment(one.id)).toMatchObject({ payment_id: paymentId });
    expect(await sale.payment(other.id)).toMatchObject({ status: 'pending', payment_id: null });
  });

  test('for an unknown reservation is refused', async () => {
    expect(tally([await sale.confirm(randomUUID(), 1)])).toEqual({ '404 RESERVATION_NOT_FOUND': 1 });
  });

  test('for tickets confirms their reservation', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [3], price: PRICE });
    const { body } = await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 2 }]);
    expect((await sale.confirm(body.reservation.id, 2 * PRICE)).status).toBe(200);
  });

  test('is due for refund after a cancellation, and its seats are free', async () => {
    const { id, eventId, userId, seatIds, amount } = await sale.held();
    await sale.confirm(id, amount);
    expect((await api.cancel(id, userId)).status).toBe(200);
    expect(await sale.payment(id)).toMatchObject({
      status: 'cancelled',
      payment_status: 'completed',
      refund_due: true,
    });
    expect((await api.reserve(eventId, seatIds)).status).toBe(201);
    expect(tally([await api.cancel(id, userId)])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
  });

  test.each(['user', 'admin'] as const)('is not accepted from the role %s', async (role) => {
    const { id, amount } = await sale.held();
    const caller = service.as(undefined, role);
    const payload = { paymentId: 'mine', paymentMethod: 'card', amount };
    const answers = [
      await api.post(`/reservations/${id}/confirm`, caller, payload),
      await api.get(`/reservations/${id}/payment`, caller),
      await api.get('/reservations/refunds-due', caller),
      await api.post(`/reservations/${id}/refunded`, caller),
    ];
    expect(tally(answers)).toEqual({ '403 FORBIDDEN': 4 });
    expect(await sale.payment(id)).toMatchObject({ status: 'pending' });
  });

  test.each([
    ['no id', { paymentId: undefined }],
    ['an empty id', { paymentId: '' }],
    ['an id of 201 characters', { paymentId: 'x'.repeat(201) }],
    ['an id that is not printable', { paymentId: 'a\u0000b' }],
    ['a method that is not printable', { paymentMethod: 'a\u0000b' }],
    ['a method of 51 characters', { paymentMethod: 'x'.repeat(51) }],
    ['a text for amount', { amount: '100000' }],
    ['a broken amount', { amount: 0.5 }],
    ['a negative amount', { amount: -1 }],
    ['a field too many', { status: 'confirmed' }],
  ])('with %s is refused as malformed', async (_what, change) => {
    const { id, amount } = await sale.held();
    const payload = { paymentId: 'p', paymentMethod: '카드', amount, ...change };
    const answer = await api.post(`/reservations/${id}/confirm`, service.as(undefined, 'service'), payload);
    expect(tally([answer])).toEqual({ '400 VALIDATION_FAILED': 1 });
  });
});
