import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { lifecycleOf, PRICE } from '../../sales/lifecycle/lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;
const organizer = () => service.as(undefined, 'admin');

beforeAll(async () => {
  service = await startService({ instances: 2, ownRedis: true, env: { SWEEP_INTERVAL_MS: '100' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

const cancelEvent = (eventId: string, instance = 0) =>
  apiOf(service, instance).post(`/admin/events/${eventId}/cancel`, organizer(), { reason: '폭우' });
const progress = async (eventId: string) =>
  (await api.get(`/admin/events/${eventId}/cancellation`, organizer())).body.cancellation;
/** An instance that meets two events with locked rows takes four seconds until it comes to another one. */
const finished = (eventId: string) =>
  eventually(
    async () => {
      const cancellation = await progress(eventId);
      expect(cancellation.finished_at).toEqual(expect.any(String));
      return cancellation;
    },
    { timeout: 15_000 },
  );

/** An event of ten seats: six are paid, two are held, and two are free. */
async function onSale() {
  const { eventId, seatIds } = await service.seedEvent({ seats: 10, price: PRICE });
  const hold = async (from: number, count: number) => {
    const userId = randomUUID();
    const { body } = await api.reserve(eventId, seatIds.slice(from, from + count), userId);
    return { id: body.reservation.id as string, userId };
  };
  const paid = [await hold(0, 3), await hold(3, 3)];
  for (const { id } of paid) expect((await sale.confirm(id, 3 * PRICE)).status).toBe(200);
  return { eventId, seatIds, paid, held: await hold(6, 2) };
}

describe('a cancelled event', () => {
  test.each(['by its organizer', 'by SQL'])('%s cancels its holds and refunds its payments', async (how) => {
    const { eventId, seatIds, paid, held } = await onSale();
    if (how === 'by SQL')
      await sql`UPDATE events SET status = 'cancelled' WHERE id = ${eventId}`.execute(service.db);
    else {
      const answer = await cancelEvent(eventId);
      expect(answer.status).toBe(202);
      expect(answer.body.cancellation).toMatchObject({ reason: '폭우', done: 0, finished_at: null });
    }
    expect(tally([await api.reserve(eventId, seatIds.slice(8))])).toEqual({ '422 EVENT_CANCELLED': 1 });
    expect(await finished(eventId)).toMatchObject({
      reason: how === 'by SQL' ? null : '폭우',
      reservations: 3,
      done: 3,
      refunds: 2,
      refund_amount: 6 * PRICE,
      queue_cleared_at: expect.any(String),
    });
    for (const { id } of paid)
      expect(await sale.payment(id)).toMatchObject({
        status: 'cancelled',
        payment_status: 'completed',
        refund_due: true,
        refunds: [{ amount: 3 * PRICE, reason: 'event_cancelled' }],
      });
    expect(await sale.seatStatuses(eventId)).toEqual(Array(10).fill('available'));

    expect(tally([await sale.confirm(held.id, 2 * PRICE)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await sale.payment(held.id)).toMatchObject({ refund_due_amount: 2 * PRICE });
    const { rows } = await sql`
      SELECT action, actor_role, reason FROM audit_log WHERE event_id = ${eventId} ORDER BY id`.execute(
      service.db,
    );
    const end = { action: 'event.cancellation_finished', actor_role: 'system', reason: null };
    const begin = { action: 'event.cancel', actor_role: 'admin', reason: '폭우' };
    expect(rows).toEqual(how === 'by SQL' ? [end] : [begin, end]);
  });

  test('cancels once, however often it is asked, and clears the waiting room when Redis is back', async () => {
    const { eventId } = await onSale();
    await service.redis.stop();
    try {
      expect(tally(await Promise.all([0, 1, 0].map((at) => cancelEvent(eventId, at))))).toEqual({ 202: 3 });
      await eventually(async () => expect(await progress(eventId)).toMatchObject({ done: 3 }));
      expect(await progress(eventId)).toMatchObject({ queue_cleared_at: null, finished_at: null });
    } finally {
      await service.redis.start();
    }
    expect(await finished(eventId)).toMatchObject({ reservations: 3, done: 3, refunds: 2 });
  });

  test('does not wait for others whose versions stay locked', async () => {
    // One for each instance.
    const stuck = [(await onSale()).eventId, (await onSale()).eventId];
    const other = await onSale();
    // Until their versions are locked. Cancelling them takes these locks, too.
    const seats = await hold(service.db, (trx) =>
      sql`SELECT FROM seats WHERE event_id = ANY (${stuck}) FOR UPDATE`.execute(trx),
    );
    for (const eventId of stuck) await cancelEvent(eventId);
    const versions = await hold(service.db, async (trx) => {
      await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(trx);
      await sql`SELECT FROM event_seats WHERE event_id = ANY (${stuck}) FOR UPDATE`.execute(trx);
    });
    await seats();
    try {
      await cancelEvent(other.eventId);
      await finished(other.eventId);
      for (const eventId of stuck) expect(await progress(eventId)).toMatchObject({ done: 0 });
    } finally {
      await versions();
    }
    for (const eventId of stuck) expect(await finished(eventId)).toMatchObject({ done: 3 });
  });

  test('takes back a cancellation that SQL takes back', async () => {
    const { eventId } = await service.seedEvent({ seats: 1 });
    for (const status of ['cancelled', 'on_sale'])
      await sql`UPDATE events SET status = ${status} WHERE id = ${eventId}`.execute(service.db);
    expect(await progress(eventId)).toBeNull();
  });
});

describe('a race', () => {
  test('of buyers, payments and the cancellation leaves nothing sold and each payment due', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 40, price: PRICE });
    const payments = new Map<string, number>();
    const buy = async (seat: string, index: number) => {
      const { status, body } = await apiOf(service, index).reserve(eventId, [seat]);
      if (status !== 201) return;
      const { id } = body.reservation;
      // Every other one pays late.
      if (index % 2 === 0) await sale.expire(id);
      payments.set(id, (await sale.confirm(id, PRICE, randomUUID(), index)).status);
    };
    const buying = seatIds.map(buy);
    await Promise.all(buying.slice(0, 10));
    await cancelEvent(eventId);
    await Promise.all(buying);
    await finished(eventId);
    expect(await sale.seatStatuses(eventId)).toEqual(Array(40).fill('available'));
    for (const [id, status] of payments) {
      expect([200, 410]).toContain(status);
      expect(await sale.payment(id)).toMatchObject({ refund_due: true, refund_due_amount: PRICE });
    }
  });

  test('of a late payment with the closing of its event never confirms it', async () => {
    const { id, eventId } = await sale.held(1);
    await sale.expire(id);
    await sale.sweepAll();
    // The payment has read that the event is on sale, and waits for its seat.
    const [seat] = await service.db
      .selectFrom('seats')
      .select('id')
      .where('event_id', '=', eventId)
      .execute();
    const payment = await service.db.transaction().execute(async (trx) => {
      await sql`SELECT FROM seats WHERE id = ${seat?.id} FOR UPDATE`.execute(trx);
      const waiting = sale.confirm(id, PRICE);
      await untilLockWaiters(service.db, 1);
      await sql`UPDATE events SET status = 'cancelled' WHERE id = ${eventId}`.execute(service.db);
      return { waiting };
    });
    expect(tally([await payment.waiting])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await sale.payment(id)).toMatchObject({ status: 'expired', refund_due_amount: PRICE });
    expect(await sale.seatStatuses(eventId)).toEqual(['available']);
  });
});
