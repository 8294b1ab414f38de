import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../../src/plugins/auth.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf } from './lifecycle.ts';

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

describe('a refund', () => {
  const isListed = async (id: string) => {
    const { reservations } = await sale.refundsDue('?limit=100');
    return reservations.some((due: { id: string }) => due.id === id);
  };

  /** Each returns the payment to refund, and the answer when the payment service reports it again. */
  const due = {
    'of a cancelled reservation': async () => {
      const { id, userId, amount } = await sale.held();
      await sale.confirm(id, amount, id);
      await api.cancel(id, userId);
      return { id, amount, again: { 200: 1 } };
    },
    'of a late payment': async () => {
      const { id, eventId, seatIds, amount } = await sale.held();
      await sale.expire(id);
      await api.reserve(eventId, seatIds);
      await sale.confirm(id, amount, id);
      return { id, amount, again: { '410 PAYMENT_TOO_LATE': 1 } };
    },
    'of a payment after a cancellation': async () => {
      const { id, userId, amount } = await sale.held();
      await api.cancel(id, userId);
      await sale.confirm(id, amount, id);
      return { id, amount, again: { '410 PAYMENT_TOO_LATE': 1 } };
    },
  };

  test.each(Object.entries(due))(
    '%s is due until the payment service notes it, and stays noted',
    async (_what, make) => {
      const { id, amount, again } = await make();
      expect(await isListed(id)).toBe(true);
      const first = await sale.noteRefund(id);
      expect(first).toEqual({
        status: 200,
        body: { message: '환불이 완료되었습니다.', reservation: await sale.payment(id) },
      });
      expect(first.body.reservation).toMatchObject({
        payment_status: 'refunded',
        refund_due: false,
        refunded_at: expect.any(String),
      });
      expect(await isListed(id)).toBe(false);
      for (const instance of [0, 1]) expect(await sale.noteRefund(id, instance)).toEqual(first);

      // The payment stays the same and pays for nothing else.
      expect(tally([await sale.confirm(id, amount, id)])).toEqual(again);
      expect(await sale.payment(id)).toEqual(first.body.reservation);
      // Another one is money to pay back, too.
      expect(tally([await sale.confirm(id, amount)])).toEqual({ '409 ALREADY_PAID': 1 });
      expect(await sale.payment(id)).toMatchObject({ payment_id: id, refund_due_amount: amount });
      expect((await sale.noteRefund(id)).body.reservation).toMatchObject({
        payment_status: 'refunded',
        refund_due_amount: 0,
      });
    },
  );

  test('is not due for a pending, a paid, a cancelled unpaid or an unknown reservation', async () => {
    const [pending, paid, cancelled] = [await sale.held(), await sale.held(), await sale.held()];
    await sale.confirm(paid.id, paid.amount);
    await api.cancel(cancelled.id, cancelled.userId);
    const before = await Promise.all([pending, paid, cancelled].map(({ id }) => sale.payment(id)));
    const answers = [
      await sale.noteRefund(pending.id),
      await sale.noteRefund(paid.id),
      await sale.noteRefund(cancelled.id),
      await sale.noteRefund(randomUUID()),
    ];
    expect(tally(answers)).toEqual({ '409 REFUND_NOT_DUE': 3, '404 RESERVATION_NOT_FOUND': 1 });
    expect(await Promise.all([pending, paid, cancelled].map(({ id }) => sale.payment(id)))).toEqual(before);
  });
});

describe('a payment that an operator entered by hand', () => {
  const enter = (id: string, change: ReturnType<typeof sql>) =>
    sql`UPDATE reservations SET ${change} WHERE id = ${id}`.execute(service.db);

  test('is due for refund when its reservation is cancelled', async () => {
    const { id, userId, eventId } = await sale.held();
    await enter(id, sql`status = 'confirmed', payment_status = 'completed'`);
    expect((await api.cancel(id, userId)).status).toBe(200);
    expect(await sale.payment(id)).toMatchObject({
      status: 'cancelled',
      payment_status: 'completed',
      refund_due: true,
      paid_at: expect.any(String),
    });
    expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available']);
  });

  test('is due for refund when its hold expires, and the sweep goes on to the other holds', async () => {
    const holds = await Promise.all([sale.held(), sale.held(), sale.held()]);
    await enter(holds[1].id, sql`payment_status = 'completed'`);
    for (const { id } of holds) await sale.expire(id);
    await sale.sweepAll();
    for (const { eventId } of holds)
      expect(await sale.seatStatuses(eventId)).toEqual(['available', 'available']);
    expect(await sale.payment(holds[1].id)).toMatchObject({
      status: 'expired',
      payment_status: 'completed',
      refund_due: true,
    });
    expect(await sale.payment(holds[2].id)).toMatchObject({ status: 'expired', refund_due: false });
  });
});

test('the rate limit of users does not apply to a payment service', async () => {
  const strict = await startService({ env: { REQUESTS_PER_MINUTE: '2' } });
  try {
    const ask = async (path: string, role: Role) => {
      const headers = strict.as(randomUUID(), role);
      const answers = [];
      for (let round = 0; round < 4; round++) answers.push(await apiOf(strict).get(path, headers));
      return answers.map(({ status }) => status);
    };
    expect(await ask('/reservations/refunds-due', 'service')).toEqual([200, 200, 200, 200]);
    expect(await ask('/reservations/my', 'user')).toEqual([200, 200, 429, 429]);
  } finally {
    await strict.stop();
  }
});

test('due refunds come in pages, oldest payment first', async () => {
  const due: string[] = [];
  for (let index = 0; index < 5; index++) {
    const { id, userId, amount } = await sale.held(1);
    await api.cancel(id, userId);
    await sale.confirm(id, amount);
    due.push(id);
  }
  const seen: string[] = [];
  let cursor: string | null = '';
  do {
    const page: { reservations: { id: string; refund_due: boolean }[]; nextCursor: string | null } =
      await sale.refundsDue(`?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(page.reservations.every(({ refund_due }) => refund_due)).toBe(true);
    seen.push(...page.reservations.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen.slice(-5)).toEqual(due);
  expect(new Set(seen).size).toBe(seen.length);
});
