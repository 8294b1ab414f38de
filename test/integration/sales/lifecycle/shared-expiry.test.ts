import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { sweep } from '../../../../src/sales/lifecycle/sweep.ts';
import { apiOf, type HttpAnswer, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { hold, untilLockWaiters } from '../../../support/locks.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf, PRICE } from './lifecycle.ts';

const BUYERS = 100;
/** Each has a transaction of its own, and they share one connection: of many, a busy machine would refuse the last after five seconds. */
const PAYMENTS = 24;
/** With a transaction for each buyer there would be 80 or more. */
const FEW_TRANSACTIONS = 20;

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  // Requests have one connection beside those of the lanes. No sweep ends a hold.
  service = await startService({ poolSize: 4, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await expectInvariants(service.db);
});
afterAll(() => service.stop());

const seat = (eventId: string, seatId: string | undefined) => api.reserve(eventId, [seatId as string]);
const ticket = (eventId: string, ticketTypeId: string | undefined) =>
  api.buy(eventId, [{ ticketTypeId: ticketTypeId as string, quantity: 1 }]);

/** An event whose 20 seats and 20 tickets are in holds of four, and the time of all holds is up. */
async function overdueEvent() {
  const event = await service.seedEvent({ seats: 20, stock: [20], price: PRICE });
  const { eventId, seatIds, ticketTypeIds } = event;
  const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 4 }];
  const held: HttpAnswer[] = [];
  for (let from = 0; from < 20; from += 4)
    held.push(await api.reserve(eventId, seatIds.slice(from, from + 4)), await api.buy(eventId, items));
  expect(tally(held)).toEqual({ 201: 10 });
  const ids = held.map(({ body }) => body.reservation.id as string);
  for (const id of ids) await sale.expire(id);
  return { ...event, holds: ids };
}

/** Counts the transactions of the requests, beside those of the lanes. */
async function countingTransactions<T>(
  work: () => Promise<T>,
): Promise<{ answers: T; transactions: number }> {
  const begun = vi.spyOn(service.app.db, 'transaction');
  const answers = await work();
  return { answers, transactions: begun.mock.calls.length };
}

const rush = <T>(requests: number, ask: (index: number) => Promise<T>) =>
  countingTransactions(() => Promise.all(Array.from({ length: requests }, (_, index) => ask(index))));

type Overdue = Awaited<ReturnType<typeof overdueEvent>>;
test.each([
  [
    'seats',
    'SEAT_UNAVAILABLE',
    ({ eventId, seatIds }: Overdue, index: number) => seat(eventId, seatIds[index % 20]),
  ],
  ['the best seats', 'SOLD_OUT', ({ eventId }: Overdue) => api.best({ eventId, quantity: 1 })],
  ['tickets', 'SOLD_OUT', ({ eventId, ticketTypeIds }: Overdue) => ticket(eventId, ticketTypeIds[0])],
] as const)(
  '100 buyers of %s whose holds are over share a few transactions, and 20 of them are granted',
  async (_what, refusal, ask) => {
    const event = await overdueEvent();
    const { answers, transactions } = await rush(BUYERS, (index) => ask(event, index));
    expect(tally(answers)).toEqual({ 201: 20, [`409 ${refusal}`]: BUYERS - 20 });
    expect(transactions).toBeGreaterThan(0);
    expect(transactions).toBeLessThan(FEW_TRANSACTIONS);
  },
);

test('24 late payments of one event share a few transactions to make way, and each gets its seat again', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: PAYMENTS, price: PRICE });
  const holds = await Promise.all(seatIds.map((seatId) => seat(eventId, seatId)));
  const ids = holds.map(({ body }) => body.reservation.id as string);
  await sql`UPDATE reservations SET expires_at = now() WHERE event_id = ${eventId}`.execute(service.db);
  await sale.sweepAll();
  // Their seats are held by others, whose time is up as well.
  expect(tally(await Promise.all(seatIds.map((seatId) => seat(eventId, seatId))))).toEqual({ 201: PAYMENTS });
  await sql`UPDATE reservations SET expires_at = now() WHERE event_id = ${eventId}`.execute(service.db);
  const { answers, transactions } = await rush(PAYMENTS, (index) =>
    sale.confirm(ids[index] as string, PRICE),
  );
  expect(tally(answers)).toEqual({ 200: PAYMENTS });
  // Each payment has a transaction of its own.
  expect(transactions).toBeLessThan(1.5 * PAYMENTS);
});

test('a request shares only a transaction that began after it: the one under way may have missed its hold', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 2, price: PRICE });
  const [first, second] = await Promise.all(seatIds.map((seatId) => seat(eventId, seatId)));
  await sale.expire(first?.body.reservation.id);
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM event_seats WHERE event_id = ${eventId} FOR UPDATE`.execute(trx),
  );
  const early = seat(eventId, seatIds[0]);
  await untilLockWaiters(service.db, 1);
  await sale.expire(second?.body.reservation.id);
  const late = seat(eventId, seatIds[1]);
  await letGo();
  expect(tally(await Promise.all([early, late]))).toEqual({ 201: 2 });
});

test('a hold that another transaction keeps locked stops only the buyers of its seats, until it is let go', async () => {
  const { eventId, seatIds, holds } = await overdueEvent();
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM reservations WHERE id = ${holds[0] as string} FOR UPDATE`.execute(trx),
  );
  let ended = false;
  const stuck = seat(eventId, seatIds[0]).finally(() => {
    ended = true;
  });
  const others = await Promise.all(seatIds.slice(4).map((seatId) => seat(eventId, seatId)));
  expect(tally(others)).toEqual({ 201: 16 });
  expect(ended).toBe(false);
  await letGo();
  expect((await stuck).status).toBe(201);
});

test('a locked seat costs only the buyers of its hold an answer', async () => {
  const { eventId, seatIds } = await overdueEvent();
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM seats WHERE id = ${seatIds[3] as string} FOR UPDATE`.execute(trx),
  );
  // Each hold has four seats. The first one can't be ended, because the last of its seats is locked.
  const asked = [0, 4, 8, 12, 16].flatMap((index) => [index, index + 1]);
  const answers = await Promise.all(asked.map((index) => seat(eventId, seatIds[index])));
  await letGo();
  expect(tally(answers.splice(0, 2))).toEqual({ '503 SERVICE_UNAVAILABLE': 2 });
  expect(tally(answers)).toEqual({ 201: 8 });
  expect((await seat(eventId, seatIds[0])).status).toBe(201);
});

test.each([
  ['the best seats', ({ eventId }: Overdue) => api.best({ eventId, quantity: 1 })],
  ['tickets', ({ eventId, ticketTypeIds }: Overdue) => ticket(eventId, ticketTypeIds[0])],
] as const)(
  'a hold that can not be ended, because a seat of it is locked, stops no buyers of %s',
  async (_what, ask) => {
    const event = await overdueEvent();
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT FROM seats WHERE id = ${event.seatIds[3] as string} FOR UPDATE`.execute(trx),
    );
    onTestFinished(letGo);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(event)));
    expect(tally(answers)).toEqual({ 201: 8 });
  },
);

test('the sweep tells what it has freed, and nothing of hidden ticket types', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
    seats: 3,
    stock: [5, 5],
    price: PRICE,
  });
  const [shown, hidden] = ticketTypeIds as [string, string];
  const items = [shown, hidden].map((ticketTypeId) => ({ ticketTypeId, quantity: 2 }));
  const held = [await api.reserve(eventId, seatIds.slice(1)), await api.buy(eventId, items)];
  for (const { body } of held) await sale.expire(body.reservation.id);
  await service.db.updateTable('ticket_types').set({ hidden: true }).where('id', '=', hidden).execute();

  const { changes } = await sweep(service.app);
  const [change, ...others] = changes.filter((each) => each.eventId === eventId);
  expect(others).toEqual([]);
  expect(change).toMatchObject({ from: (change?.version as number) - 1, availableSeats: 3 });
  expect(change?.seats.map(({ seatId, status }) => [seatId, status]).sort()).toEqual(
    seatIds
      .slice(1)
      .map((id) => [id, 'available'])
      .sort(),
  );
  expect(change?.stock).toMatchObject([{ ticketTypeId: shown, availableQuantity: 5, totalQuantity: 5 }]);
});

test('the sweep leaves out a hold that can not be ended, because a seat of it is locked', async () => {
  const { eventId, seatIds, ticketTypeIds } = await overdueEvent();
  const letGo = await hold(service.db, (trx) =>
    sql`SELECT FROM seats WHERE id = ${seatIds[3] as string} FOR UPDATE`.execute(trx),
  );
  onTestFinished(letGo);
  await sale.sweepAll();
  const statuses = await sale.seatStatuses(eventId);
  expect(statuses.filter((status) => status === 'available')).toHaveLength(16);
  const stock = await api.get(`/tickets/availability/${ticketTypeIds[0]}`);
  expect(stock.body.available_quantity).toBe(20);
  await letGo();
  await sale.sweepAll();
  expect(new Set(await sale.seatStatuses(eventId))).toEqual(new Set(['available']));
});

test('the sweep leaves out the holds of an event that an operator is changing', async () => {
  const [changing, other] = [await overdueEvent(), await overdueEvent()];
  const letGo = await hold(service.db, (trx) =>
    sql`
      INSERT INTO ticket_types (event_id, name, price, total_quantity, available_quantity)
      VALUES (${changing.eventId}, 'added', ${PRICE}, 5, 5)`.execute(trx),
  );
  onTestFinished(letGo);
  await sale.sweepAll();
  expect(new Set(await sale.seatStatuses(other.eventId))).toEqual(new Set(['available']));
  expect(new Set(await sale.seatStatuses(changing.eventId))).toEqual(new Set(['locked']));
  await letGo();
  await sale.sweepAll();
  expect(new Set(await sale.seatStatuses(changing.eventId))).toEqual(new Set(['available']));
});
