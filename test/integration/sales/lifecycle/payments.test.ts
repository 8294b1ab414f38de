import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pairKey } from '../../../../src/idempotency/lock-names.ts';
import type { Role } from '../../../../src/plugins/auth.ts';
import { sweep } from '../../../../src/sales/lifecycle/expire.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, untilEndedOrWaiting, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

const PRICE = 50_000;

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  // Swept by hand alone: what is late is late for as long as a test needs it.
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

async function call(
  method: 'GET' | 'POST',
  path: string,
  payload?: object,
  role: Role = 'service',
  instance = 0,
) {
  const app = service.apps[instance] ?? service.app;
  const answer = await app.inject({
    method,
    url: `/api/v1/reservations${path}`,
    headers: service.as(undefined, role),
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const confirm = (id: string, amount: number, paymentId: string = randomUUID(), instance = 0) =>
  call('POST', `/${id}/confirm`, { paymentId, paymentMethod: 'card', amount }, 'service', instance);
const payment = async (id: string) => (await call('GET', `/${id}/payment`)).body.reservation;

/** A hold on all the seats of a new event. */
async function held(seats = 2) {
  const { eventId, seatIds } = await service.seedEvent({ seats, price: PRICE });
  const userId = randomUUID();
  const { body } = await api.reserve(eventId, seatIds, userId);
  return { eventId, seatIds, userId, id: body.reservation.id as string, amount: seats * PRICE };
}

const expire = (id: string) =>
  service.db.updateTable('reservations').set({ expires_at: sql`now()` }).where('id', '=', id).execute();

async function sweepAll(): Promise<void> {
  while ((await sweep(service.db)).more);
}

const statuses = async (eventId: string): Promise<string[]> => {
  const rows = await service.db
    .selectFrom('seats')
    .select('status')
    .where('event_id', '=', eventId)
    .execute();
  return rows.map(({ status }) => status).sort();
};

describe('a payment', () => {
  test('of the right amount confirms the reservation and sells its seats', async () => {
    const { id, eventId, userId, amount } = await held();
    expect(await payment(id)).toMatchObject({
      payment_id: null,
      paid_at: null,
      payment_method: null,
      refund_due: false,
    });
    const { status, body } = await confirm(id, amount, 'pay-1');
    expect([status, body]).toEqual([
      200,
      {
        message: '결제가 완료되었습니다.',
        reservation: {
          id,
          reservation_number: expect.stringMatching(/^TK/),
          status: 'confirmed',
          payment_status: 'completed',
          payment_method: 'card',
          paymentId: 'pay-1',
          total_amount: amount,
        },
      },
    ]);
    expect(await statuses(eventId)).toEqual(['reserved', 'reserved']);
    expect(await payment(id)).toMatchObject({
      user_id: userId,
      event_id: eventId,
      status: 'confirmed',
      payment_status: 'completed',
      payment_id: 'pay-1',
      paid_at: expect.any(String),
      refund_due: false,
    });
    await expire(id);
    await sweepAll();
    expect(await statuses(eventId)).toEqual(['reserved', 'reserved']);
  });

  test.each([-1, 1])('of an amount that is %i won off is refused, and changes nothing', async (off) => {
    const { id, eventId, amount } = await held();
    const before = await payment(id);
    expect(tally([await confirm(id, amount + off)])).toEqual({ '422 AMOUNT_MISMATCH': 1 });
    expect(await payment(id)).toEqual(before);
    expect(await statuses(eventId)).toEqual(['locked', 'locked']);
    expect((await confirm(id, amount)).status).toBe(200);
  });

  test('that is told again is answered again, and is no second one', async () => {
    const { id, amount } = await held();
    const paymentId = randomUUID();
    const first = await confirm(id, amount, paymentId);
    const before = await payment(id);
    for (const instance of [0, 1]) expect(await confirm(id, amount, paymentId, instance)).toEqual(first);
    expect(await payment(id)).toEqual(before);
  });

  test('that is told again after the reservation was cancelled says what became of it', async () => {
    const { id, userId, amount } = await held();
    const paymentId = randomUUID();
    await confirm(id, amount, paymentId);
    expect((await api.cancel(id, userId)).status).toBe(200);
    const again = await confirm(id, amount, paymentId);
    expect(again).toMatchObject({
      status: 200,
      body: { reservation: { status: 'cancelled', payment_status: 'refunded', payment_method: 'card' } },
    });
    expect(await payment(id)).toMatchObject({ refund_due: true });
  });

  test('does not pay twice: neither by another payment nor for another reservation', async () => {
    const [one, other] = [await held(), await held()];
    const paymentId = randomUUID();
    expect((await confirm(one.id, one.amount, paymentId)).status).toBe(200);
    const again = [await confirm(one.id, one.amount), await confirm(other.id, other.amount, paymentId)];
    expect(tally(again)).toEqual({ '409 ALREADY_PAID': 1, '409 PAYMENT_REUSED': 1 });
    expect(await payment(one.id)).toMatchObject({ payment_id: paymentId });
    expect(await payment(other.id)).toMatchObject({ status: 'pending', payment_id: null });
  });

  test('for nothing is refused', async () => {
    expect(tally([await confirm(randomUUID(), 1)])).toEqual({ '404 RESERVATION_NOT_FOUND': 1 });
  });

  test('for tickets confirms them', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [3], price: PRICE });
    const { body } = await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 2 }]);
    expect((await confirm(body.reservation.id, 2 * PRICE)).status).toBe(200);
  });

  test('of what is cancelled then is marked for refund, and the seats are free', async () => {
    const { id, eventId, userId, seatIds, amount } = await held();
    await confirm(id, amount);
    expect((await api.cancel(id, userId)).status).toBe(200);
    expect(await payment(id)).toMatchObject({
      status: 'cancelled',
      payment_status: 'refunded',
      refund_due: true,
    });
    expect((await api.reserve(eventId, seatIds)).status).toBe(201);
    expect(tally([await api.cancel(id, userId)])).toEqual({ '409 RESERVATION_NOT_CANCELLABLE': 1 });
  });

  test.each(['user', 'admin'] as const)('is not told by the role %s', async (role) => {
    const { id, amount } = await held();
    const answers = [
      await call('POST', `/${id}/confirm`, { paymentId: 'mine', paymentMethod: 'card', amount }, role),
      await call('GET', `/${id}/payment`, undefined, role),
      await call('GET', '/refunds-due', undefined, role),
      await call('POST', `/${id}/refunded`, undefined, role),
    ];
    expect(tally(answers)).toEqual({ '403 FORBIDDEN': 4 });
    expect(await payment(id)).toMatchObject({ status: 'pending' });
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
  ])('with %s is refused', async (_what, change) => {
    const { id, amount } = await held();
    const payload = { paymentId: 'p', paymentMethod: '카드', amount, ...change };
    expect(tally([await call('POST', `/${id}/confirm`, payload)])).toEqual({ '400 VALIDATION_FAILED': 1 });
  });
});

describe('a payment that comes too late', () => {
  test.each([
    ['swept', sweepAll],
    ['not swept', async () => undefined],
  ])('takes the same seats again where they are free: %s', async (_what, swept) => {
    const { id, eventId, amount } = await held();
    await expire(id);
    await swept();
    expect(await payment(id)).toMatchObject({ status: 'expired' });
    expect((await confirm(id, amount)).status).toBe(200);
    expect(await payment(id)).toMatchObject({ status: 'confirmed', refund_due: false });
    expect(await statuses(eventId)).toEqual(['reserved', 'reserved']);
  });

  test('takes nothing where one seat is gone, and is due for refund', async () => {
    const { id, eventId, seatIds, amount } = await held(3);
    await expire(id);
    expect((await api.reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
    const paymentId = randomUUID();
    const first = await confirm(id, amount, paymentId);
    expect(tally([first])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await statuses(eventId)).toEqual(['available', 'available', 'locked']);
    expect(await payment(id)).toMatchObject({
      status: 'expired',
      payment_id: paymentId,
      payment_method: 'card',
      paid_at: expect.any(String),
      refund_due: true,
    });
    const due = (await call('GET', '/refunds-due')).body.reservations;
    expect(due.filter((each: { id: string }) => each.id === id)).toEqual([await payment(id)]);

    // It stays so, also when the seat is free again: the money is on its way back.
    await service.db
      .updateTable('reservations')
      .set({ expires_at: sql`now()` })
      .where('event_id', '=', eventId)
      .execute();
    await sweepAll();
    const again = [await confirm(id, amount, paymentId), await confirm(id, amount)];
    expect(tally(again)).toEqual({ '410 PAYMENT_TOO_LATE': 1, '409 ALREADY_PAID': 1 });
    expect(await statuses(eventId)).toEqual(['available', 'available', 'available']);
  });

  test('for tickets takes them again, or is due for refund where they are gone', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [3], price: PRICE });
    const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 2 }];
    const ids: string[] = [];
    for (let buyer = 0; buyer < 2; buyer++) {
      const { body } = await api.buy(eventId, items);
      ids.push(body.reservation.id);
      await expire(body.reservation.id);
      await sweepAll();
    }
    const answers = [await confirm(ids[0] as string, 2 * PRICE), await confirm(ids[1] as string, 2 * PRICE)];
    expect(tally(answers)).toEqual({ 200: 1, '410 PAYMENT_TOO_LATE': 1 });
    const stock = await api.get(`/tickets/availability/${ticketTypeIds[0]}`);
    expect(stock.body.available_quantity).toBe(1);
  });

  test("is not stopped by somebody's hold that is over, though no sweep has been there", async () => {
    const { id, eventId, seatIds, amount } = await held();
    await expire(id);
    await sweepAll();
    const other = await api.reserve(eventId, seatIds.slice(1));
    await expire(other.body.reservation.id);
    expect((await confirm(id, amount)).status).toBe(200);
    expect(await statuses(eventId)).toEqual(['reserved', 'reserved']);
    expect(await payment(other.body.reservation.id)).toMatchObject({ status: 'expired' });
  });

  test("for tickets is not stopped by somebody's hold that is over either", async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1, 3], price: PRICE });
    const [, ticketTypeId] = ticketTypeIds as [string, string];
    const ids: string[] = [];
    for (const swept of [sweepAll, async () => undefined]) {
      const { body } = await api.buy(eventId, [{ ticketTypeId, quantity: 2 }]);
      ids.push(body.reservation.id);
      await expire(body.reservation.id);
      await swept();
    }
    expect((await confirm(ids[0] as string, 2 * PRICE)).status).toBe(200);
    expect(await payment(ids[1] as string)).toMatchObject({ status: 'expired' });
  });

  const ends: [string, ReturnType<typeof sql>][] = [
    ['was cancelled', sql`status = 'cancelled'`],
    ['has begun', sql`event_date = now(), sale_end_date = now() - interval '1 second'`],
  ];
  test.each(ends)('takes nothing where the event %s', async (_what, change) => {
    const { id, eventId, amount } = await held();
    await expire(id);
    await sweepAll();
    await sql`UPDATE events SET ${change} WHERE id = ${eventId}`.execute(service.db);
    expect(tally([await confirm(id, amount)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await statuses(eventId)).toEqual(['available', 'available']);
  });

  test.each(ends)('is one of a hold that still runs, where the event %s', async (_what, change) => {
    const { id, eventId, amount } = await held();
    await sql`UPDATE events SET ${change} WHERE id = ${eventId}`.execute(service.db);
    const freed: string[] = [];
    service.app.announcements.onChanged((changes) => {
      if (changes.eventId === eventId) freed.push(...changes.seats.map(({ status }) => status));
    });
    const paymentId = randomUUID();
    const answers = [await confirm(id, amount, paymentId), await confirm(id, amount, paymentId, 1)];
    expect(tally(answers)).toEqual({ '410 PAYMENT_TOO_LATE': 2 });
    expect(await payment(id)).toMatchObject({
      status: 'expired',
      payment_status: 'pending',
      refund_due: true,
    });
    expect(await statuses(eventId)).toEqual(['available', 'available']);
    expect(freed).toEqual(['available', 'available']);
  });

  test.each([
    ['swept', sweepAll],
    ['not swept', async () => undefined],
  ])('takes no more than one person may have: %s', async (_what, swept) => {
    const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
      seats: 8,
      stock: [20],
      price: PRICE,
    });
    const userId = randomUUID();
    const buy = (quantity: number) =>
      api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity }], userId);
    // Two of four and four of eight, and then the other half: as much as one may have.
    const early = [await api.reserve(eventId, seatIds.slice(0, 2), userId), await buy(4)];
    const ids = early.map(({ body }) => body.reservation.id as string);
    for (const id of ids) await expire(id);
    await swept();
    const half = [await api.reserve(eventId, seatIds.slice(4, 6), userId), await buy(4)];
    expect(tally(half)).toEqual({ 201: 2 });
    const [seats, tickets] = ids as [string, string];
    const paid = [await confirm(seats, 2 * PRICE), await confirm(tickets, 4 * PRICE)];
    expect(tally(paid)).toEqual({ 200: 2 });

    // And once more, with one beyond it.
    const other = randomUUID();
    const late = [await api.reserve(eventId, seatIds.slice(2, 4), other)];
    late.push(await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 6 }], other));
    const lateIds = late.map(({ body }) => body.reservation.id as string);
    for (const id of lateIds) await expire(id);
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
      await confirm(lateIds[0] as string, 2 * PRICE),
      await confirm(lateIds[1] as string, 6 * PRICE),
    ];
    expect(tally(refused)).toEqual({ '410 PAYMENT_TOO_LATE': 2 });
    for (const id of lateIds)
      expect(await payment(id)).toMatchObject({ status: 'expired', refund_due: true });
  });

  test('of a wrong amount is refused as well', async () => {
    const { id, amount } = await held();
    await expire(id);
    await sweepAll();
    expect(tally([await confirm(id, amount - 1)])).toEqual({ '422 AMOUNT_MISMATCH': 1 });
    expect(await payment(id)).toMatchObject({ refund_due: false, payment_id: null });
  });

  test('for a reservation that its owner has cancelled is due for refund', async () => {
    const { id, userId, amount } = await held();
    await api.cancel(id, userId);
    expect(tally([await confirm(id, amount)])).toEqual({ '410 PAYMENT_TOO_LATE': 1 });
    expect(await payment(id)).toMatchObject({ status: 'cancelled', refund_due: true });
  });
});

describe('a refund', () => {
  const refunded = (id: string, instance = 0) =>
    call('POST', `/${id}/refunded`, undefined, 'service', instance);
  const isListed = async (id: string) => {
    const { reservations } = (await call('GET', '/refunds-due?limit=100')).body;
    return reservations.some((due: { id: string }) => due.id === id);
  };

  /** Each of them with the payment that is to be paid back, and what the payment service hears when it tells of it again. */
  const due = {
    'of what was cancelled': async () => {
      const { id, userId, amount } = await held();
      await confirm(id, amount, id);
      await api.cancel(id, userId);
      return { id, amount, again: { 200: 1 } };
    },
    'of what came too late': async () => {
      const { id, eventId, seatIds, amount } = await held();
      await expire(id);
      await api.reserve(eventId, seatIds);
      await confirm(id, amount, id);
      return { id, amount, again: { '410 PAYMENT_TOO_LATE': 1 } };
    },
    'of what its owner cancelled before': async () => {
      const { id, userId, amount } = await held();
      await api.cancel(id, userId);
      await confirm(id, amount, id);
      return { id, amount, again: { '410 PAYMENT_TOO_LATE': 1 } };
    },
  };

  test.each(Object.entries(due))('%s is due until it is noted, and stays noted', async (_what, make) => {
    const { id, amount, again } = await make();
    expect(await isListed(id)).toBe(true);
    const first = await refunded(id);
    expect(first).toEqual({
      status: 200,
      body: { message: '환불이 완료되었습니다.', reservation: await payment(id) },
    });
    expect(first.body.reservation).toMatchObject({
      payment_status: 'refunded',
      refund_due: false,
      refunded_at: expect.any(String),
    });
    expect(await isListed(id)).toBe(false);
    for (const instance of [0, 1]) expect(await refunded(id, instance)).toEqual(first);

    // The payment is what it was, and pays nothing any more.
    expect(tally([await confirm(id, amount, id)])).toEqual(again);
    expect(tally([await confirm(id, amount)])).toEqual({ '409 ALREADY_PAID': 1 });
    expect(await payment(id)).toEqual(first.body.reservation);
  });

  test('is not due of what was not paid, of what is paid and wanted, and of nothing', async () => {
    const [pending, paid, cancelled] = [await held(), await held(), await held()];
    await confirm(paid.id, paid.amount);
    await api.cancel(cancelled.id, cancelled.userId);
    const before = await Promise.all([pending, paid, cancelled].map(({ id }) => payment(id)));
    const answers = [
      await refunded(pending.id),
      await refunded(paid.id),
      await refunded(cancelled.id),
      await refunded(randomUUID()),
    ];
    expect(tally(answers)).toEqual({ '409 REFUND_NOT_DUE': 3, '404 RESERVATION_NOT_FOUND': 1 });
    expect(await Promise.all([pending, paid, cancelled].map(({ id }) => payment(id)))).toEqual(before);
  });
});

describe('a payment that was entered by hand', () => {
  const enter = (id: string, change: ReturnType<typeof sql>) =>
    sql`UPDATE reservations SET ${change} WHERE id = ${id}`.execute(service.db);

  test('is refunded as any other when its reservation is cancelled', async () => {
    const { id, userId, eventId } = await held();
    await enter(id, sql`status = 'confirmed', payment_status = 'completed'`);
    expect((await api.cancel(id, userId)).status).toBe(200);
    expect(await payment(id)).toMatchObject({
      status: 'cancelled',
      payment_status: 'refunded',
      refund_due: true,
      paid_at: expect.any(String),
    });
    expect(await statuses(eventId)).toEqual(['available', 'available']);
  });

  test('is refunded when its hold is over, and keeps no other from being swept', async () => {
    const holds = await Promise.all([held(), held(), held()]);
    await enter(holds[1].id, sql`payment_status = 'completed'`);
    for (const { id } of holds) await expire(id);
    await sweepAll();
    for (const { eventId } of holds) expect(await statuses(eventId)).toEqual(['available', 'available']);
    expect(await payment(holds[1].id)).toMatchObject({
      status: 'expired',
      payment_status: 'refunded',
      refund_due: true,
    });
    expect(await payment(holds[2].id)).toMatchObject({ status: 'expired', refund_due: false });
  });
});

test('a payment service is not limited as a user is, for it asks for everybody', async () => {
  const strict = await startService({ env: { REQUESTS_PER_MINUTE: '2' } });
  try {
    const ask = async (url: string, role: Role) => {
      const headers = strict.as(randomUUID(), role);
      const answers = [];
      for (let round = 0; round < 4; round++) answers.push(await strict.app.inject({ url, headers }));
      return answers.map(({ statusCode }) => statusCode);
    };
    expect(await ask('/api/v1/reservations/refunds-due', 'service')).toEqual([200, 200, 200, 200]);
    expect(await ask('/api/v1/reservations/my', 'user')).toEqual([200, 200, 429, 429]);
  } finally {
    await strict.stop();
  }
});

test('the refunds that are due come in pages, the oldest payment first', async () => {
  const due: string[] = [];
  for (let index = 0; index < 5; index++) {
    const { id, userId, amount } = await held(1);
    await api.cancel(id, userId);
    await confirm(id, amount);
    due.push(id);
  }
  const seen: string[] = [];
  let cursor: string | null = '';
  do {
    const {
      body,
    }: { body: { reservations: { id: string; refund_due: boolean }[]; nextCursor: string | null } } =
      await call('GET', `/refunds-due?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(body.reservations.every(({ refund_due }) => refund_due)).toBe(true);
    seen.push(...body.reservations.map(({ id }) => id));
    cursor = body.nextCursor;
  } while (cursor !== null);
  expect(seen.slice(-5)).toEqual(due);
  expect(new Set(seen).size).toBe(seen.length);
});

describe('at the same moment', () => {
  /** A payment whose lock is taken before the lock of this name. */
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

  test('ten payments of one reservation: one of them pays', async () => {
    const { id, amount } = await held();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => confirm(id, amount, undefined, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 1, '409 ALREADY_PAID': 9 });
  });

  test('one payment for ten reservations: it pays one of them', async () => {
    const holds = await Promise.all(Array.from({ length: 10 }, () => held(1)));
    const paymentId = randomUUID();
    const answers = await Promise.all(
      holds.map(({ id, amount }, index) => confirm(id, amount, paymentId, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 1, '409 PAYMENT_REUSED': 9 });
  });

  test('one payment told ten times: it is the same answer each time', async () => {
    const { id, amount } = await held();
    const paymentId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => confirm(id, amount, paymentId, index % 2)),
    );
    expect(tally(answers)).toEqual({ 200: 10 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('a late payment and a new hold of the same user: never more than one person may have', async () => {
    for (let round = 0; round < 10; round++) {
      const { eventId, seatIds } = await service.seedEvent({ seats: 6, price: PRICE });
      const userId = randomUUID();
      const { body } = await api.reserve(eventId, seatIds.slice(0, 3), userId);
      await expire(body.reservation.id);
      const [paid, taken] = await Promise.all([
        confirm(body.reservation.id, 3 * PRICE, undefined, round % 2),
        apiOf(service, (round + 1) % 2).reserve(eventId, seatIds.slice(3), userId),
      ]);
      expect([
        ['200', '422 TOO_MANY_SEATS'],
        ['201', '410 PAYMENT_TOO_LATE'],
      ]).toContainEqual(Object.keys(tally([paid, taken])).sort());
    }
  });

  test('a payment that begins before the end of the hold and a new hold after it: never more than one person may have', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 8, price: PRICE });
    const userId = randomUUID();
    const { id } = (await api.reserve(eventId, seatIds.slice(0, 4), userId)).body.reservation;
    const isOver = async () => (await payment(id)).status === 'expired';
    const paymentId = await paymentBefore(pairKey(userId, eventId));
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT pg_advisory_xact_lock(hashtextextended(${`payment/${paymentId}`}, 0))`.execute(trx),
    );
    try {
      await sql`UPDATE reservations SET expires_at = now() + interval '1 second' WHERE id = ${id}`.execute(
        service.db,
      );
      const paid = confirm(id, 4 * PRICE, paymentId);
      await untilLockWaiters(service.db, 1);
      expect(await isOver()).toBe(false);
      await eventually(async () => expect(await isOver()).toBe(true));
      const more = api.reserve(eventId, seatIds.slice(4), userId);
      await untilEndedOrWaiting(service.db, more, 2);
      await letGo();
      expect([
        ['200', '422 TOO_MANY_SEATS'],
        ['201', '410 PAYMENT_TOO_LATE'],
      ]).toContainEqual(Object.keys(tally([await paid, await more])).sort());
    } finally {
      await letGo();
    }
  });

  test('payments and the sweep: whoever paid has the seats', async () => {
    for (let round = 0; round < 5; round++) {
      const holds = await Promise.all(Array.from({ length: 8 }, () => held(2)));
      for (const { id } of holds) await expire(id);
      const [answers] = await Promise.all([
        Promise.all(holds.map(({ id, amount }, index) => confirm(id, amount, undefined, index % 2))),
        sweepAll(),
        sweepAll(),
      ]);
      expect(tally(answers)).toEqual({ 200: 8 });
      for (const { eventId } of holds) expect(await statuses(eventId)).toEqual(['reserved', 'reserved']);
    }
  });

  test('late payments, the sweep and new buyers: each seat has one owner, and each payment a seat or a refund', async () => {
    for (let round = 0; round < 5; round++) {
      const holds = await Promise.all(Array.from({ length: 8 }, () => held(2)));
      for (const { id } of holds) await expire(id);
      const [paid, bought] = await Promise.all([
        Promise.all(holds.map(({ id, amount }, index) => confirm(id, amount, undefined, index % 2))),
        Promise.all(
          holds.map(({ eventId, seatIds }, index) =>
            apiOf(service, index % 2).reserve(eventId, [...seatIds].reverse()),
          ),
        ),
        sweepAll(),
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
        expect(await statuses(eventId)).toEqual([soldTo, soldTo]);
        expect(await payment(id)).toMatchObject({ refund_due: paid[index]?.status === 410 });
      }
    }
  });

  test('a payment and the cancellation by the owner: paid and refunded, or too late', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, userId, eventId, amount } = await held(1);
      const [paid, cancelled] = await Promise.all([
        confirm(id, amount, undefined, round % 2),
        apiOf(service, (round + 1) % 2).cancel(id, userId),
      ]);
      expect(cancelled.status).toBe(200);
      const expected = paid.status === 200 ? { payment_status: 'refunded' } : { payment_status: 'pending' };
      expect(await payment(id)).toMatchObject({ status: 'cancelled', refund_due: true, ...expected });
      expect(await statuses(eventId)).toEqual(['available']);
    }
  });
});
