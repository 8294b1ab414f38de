import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Changes } from '../../../../src/realtime/changes.ts';
import { apiOf, tally } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { lifecycleOf, PRICE } from './lifecycle.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
  sale = lifecycleOf(service);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => service.stop());

type Event = Awaited<ReturnType<typeof heldEvent>>;

/** An event with holds of one buyer: two of its four seats, and two tickets of each type. */
async function heldEvent() {
  const event = await service.seedEvent({ seats: 4, stock: [5, 5], price: PRICE });
  const userId = randomUUID();
  const items = event.ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, quantity: 2 }));
  const seats = await api.reserve(event.eventId, event.seatIds.slice(2), userId);
  const tickets = await api.buy(event.eventId, items, userId);
  return { ...event, userId, seats: seats.body.reservation.id, tickets: tickets.body.reservation.id };
}

/** The seats and the stock of an event in PostgreSQL, by id, in the form of an announcement. */
async function stateOf(eventId: string) {
  const { rows } = await sql<{ version: number; available: number; things: Record<string, unknown> }>`
    SELECT version, available, (SELECT json_object_agg(id, state) FROM (
      SELECT id, json_build_array(status, version) AS state FROM seats WHERE event_id = ${eventId}
      UNION ALL SELECT id, json_build_array(available_quantity, total_quantity, version) FROM ticket_types
        WHERE event_id = ${eventId} AND NOT hidden) AS thing) AS things
    FROM event_seats WHERE event_id = ${eventId}`.execute(service.db);
  return rows[0] as (typeof rows)[number];
}

function thingsIn(told: Changes[]): Record<string, unknown> {
  return Object.fromEntries(
    told.flatMap(({ seats, stock }) => [
      ...seats.map(({ seatId, status, version }) => [seatId, [status, version]]),
      ...stock.map((each) => [each.ticketTypeId, [each.availableQuantity, each.totalQuantity, each.version]]),
    ]),
  );
}

const nothing = async () => undefined;
async function pay(event: Event) {
  return [await sale.confirm(event.seats, 2 * PRICE), await sale.confirm(event.tickets, 4 * PRICE)];
}
async function expire(event: Event) {
  await sale.expire(event.seats);
  await sale.expire(event.tickets);
}
async function expireAndSweep(event: Event) {
  await expire(event);
  await sale.sweepAll();
}
async function begin({ eventId }: Event) {
  const [soon, sooner] = [sql`now()`, sql`now() - interval '1 second'`];
  await sql`UPDATE events SET event_date = ${soon}, sale_end_date = ${sooner} WHERE id = ${eventId}`.execute(
    service.db,
  );
}
async function cancel({ seats, tickets, userId }: Event) {
  return [await api.cancel(seats, userId), await api.cancel(tickets, userId)];
}
async function cancelParts({ seats, tickets, seatIds, ticketTypeIds, userId }: Event) {
  const [seatId, ticketTypeId] = [seatIds[3], ticketTypeIds[0]];
  return [
    await api.post(`/reservations/${seats}/cancel`, userId, { items: [{ seatId }] }),
    await api.post(`/reservations/${tickets}/cancel`, userId, { items: [{ ticketTypeId, quantity: 1 }] }),
  ];
}
async function cancelForBuyer({ seats, tickets }: Event) {
  const [admin, payload] = [service.as(undefined, 'admin'), { reason: '요청' }];
  return [
    await api.post(`/admin/reservations/${seats}/cancel`, admin, payload),
    await api.post(`/admin/reservations/${tickets}/cancel`, admin, payload),
  ];
}

test.each([
  ['payments in time', nothing, pay, { 200: 2 }],
  ['late payments of what is free', expireAndSweep, pay, { 200: 2 }],
  [
    'payments after the event has begun',
    async (event) => [await expire(event), await begin(event)],
    pay,
    { '410 PAYMENT_TOO_LATE': 2 },
  ],
  ['cancellations', nothing, cancel, { 200: 2 }],
  ['cancellations of a part', pay, cancelParts, { 200: 2 }],
  ['cancellations by an organizer', pay, cancelForBuyer, { 200: 2 }],
] as [string, (event: Event) => Promise<unknown>, typeof pay, object][])(
  '%s are announced as PostgreSQL has them, without hidden ticket types',
  async (_what, before, change, answers) => {
    const event = await heldEvent();
    const { eventId, ticketTypeIds } = event;
    await before(event);
    await service.db
      .updateTable('ticket_types')
      .set({ hidden: true })
      .where('id', '=', ticketTypeIds[1] as string)
      .execute();
    const old = await stateOf(eventId);
    const publish = vi.spyOn(service.app.live, 'publish');
    expect(tally(await change(event))).toEqual(answers);
    const told = publish.mock.calls.flatMap(([changes]) => changes);
    const now = await stateOf(eventId);
    const versions = Array.from({ length: now.version - old.version }, (_, at) => old.version + at);
    expect(told.map(({ from, version }) => [from, version])).toEqual(
      versions.map((from) => [from, from + 1]),
    );
    expect(told.at(-1)?.availableSeats).toBe(now.available);
    const isNew = ([id, state]: [string, unknown]) =>
      JSON.stringify(state) !== JSON.stringify(old.things[id]);
    expect(thingsIn(told)).toEqual(Object.fromEntries(Object.entries(now.things).filter(isNew)));
  },
);
