import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { holdStock, untilLockWaiters } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { organizerOf } from './organizer.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let organizer: ReturnType<typeof organizerOf>;

beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: { SWEEP_INTERVAL_MS: '60000', MAX_TICKETS_PER_USER: '100', MAX_TICKETS_PER_RESERVATION: '100' },
  });
  api = apiOf(service);
  organizer = organizerOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

/** An event of the organizer that is on sale. */
async function ownEvent(seed: Parameters<Service['seedEvent']>[0]) {
  const seeded = await service.seedEvent(seed);
  await service.db
    .updateTable('events')
    .set({ created_by: organizer.userId })
    .where('id', '=', seeded.eventId)
    .execute();
  return { ...seeded, ticketTypeId: seeded.ticketTypeIds[0] as string };
}

const pathOf = (eventId: string, ticketTypeId?: string) =>
  `/admin/events/${eventId}/ticket-types${ticketTypeId ? `/${ticketTypeId}` : ''}`;
const read = async (eventId: string, id: string) =>
  (await organizer.get(pathOf(eventId, id))).body.ticket_type;
const remove = (eventId: string, id: string) =>
  ask(service.app, {
    method: 'DELETE',
    url: `/api/v1${pathOf(eventId, id)}`,
    headers: service.as(organizer.userId, 'organizer'),
  });
const buy = (eventId: string, ticketTypeId: string, quantity = 1, user: string = randomUUID()) =>
  api.buy(eventId, [{ ticketTypeId, quantity }], user);
/** What buyers see at the second instance. */
const shown = async (eventId: string) =>
  (await apiOf(service, 1).get(`/events/${eventId}`)).body.ticketTypes as object[];

test('a ticket type goes from a draft to a sale, and every instance sells it', async () => {
  const eventId = await organizer.create();
  const early = { name: '얼리버드', price: 1_000, total_quantity: 5, max_quantity: 2, position: 1 };
  const { status, headers, body } = await organizer.post(pathOf(eventId), early);
  expect([status, headers.etag, body]).toEqual([
    201,
    '"1"',
    {
      ticket_type: {
        id: expect.any(String),
        event_id: eventId,
        ...early,
        description: null,
        available_quantity: 5,
        claimed_quantity: 0,
        sale_start_date: null,
        sale_end_date: null,
        min_quantity: 1,
        quantity_step: 1,
        hidden: false,
        revision: 1,
      },
    },
  ]);
  expect((await organizer.publish(eventId)).status).toBe(200);
  const { id } = body.ticket_type;
  expect((await apiOf(service, 1).buy(eventId, [{ ticketTypeId: id, quantity: 2 }])).status).toBe(201);
  await eventually(async () => expect(await shown(eventId)).toMatchObject([{ id, available_quantity: 3 }]));
  // A sale is no edit.
  const again = await organizer.get(pathOf(eventId, id));
  expect([again.headers.etag, again.body.ticket_type]).toMatchObject(['"1"', { claimed_quantity: 2 }]);
});

test('the list has hidden types too, in the order of the page', async () => {
  const { eventId } = await ownEvent({ stock: [] });
  for (const [name, position, price, hidden] of [
    ['셋', 2, 9, false],
    ['둘', 1, 5, true],
    ['하나', 1, 7, false],
  ] as const)
    await organizer.post(pathOf(eventId), { name, position, price, hidden, total_quantity: 1 });
  const { body } = await organizer.get(pathOf(eventId));
  expect(body.ticket_types.map(({ name }: { name: string }) => name)).toEqual(['하나', '둘', '셋']);
  await eventually(async () =>
    expect(await shown(eventId)).toMatchObject([{ name: '하나' }, { name: '셋' }]),
  );
});

test('an edit reaches the page of every instance by itself', async () => {
  const { eventId, ticketTypeId } = await ownEvent({ stock: [5] });
  expect(await shown(eventId)).toHaveLength(1);
  const values = {
    name: 'R석',
    description: '앞',
    total_quantity: 7,
    sale_end_date: '2099-01-01T00:00:00+09:00',
    max_quantity: 3,
  };
  expect((await organizer.patch(pathOf(eventId, ticketTypeId), values)).status).toBe(200);
  await eventually(async () =>
    expect(await shown(eventId)).toMatchObject([
      { ...values, sale_end_date: '2098-12-31T15:00:00.000Z', available_quantity: 7 },
    ]),
  );
});

test('what is held keeps its price, and what is bought later costs the new one', async () => {
  const { eventId, ticketTypeId } = await ownEvent({ stock: [5], price: 1_000 });
  const user = randomUUID();
  const held = (await buy(eventId, ticketTypeId, 2, user)).body.reservation;
  expect((await organizer.patch(pathOf(eventId, ticketTypeId), { price: 9_000 })).status).toBe(200);
  const paid = await api.post(`/reservations/${held.id}/confirm`, service.as(undefined, 'service'), {
    paymentId: randomUUID(),
    paymentMethod: 'card',
    amount: 2_000,
  });
  expect([held.totalAmount, paid.status]).toEqual([2_000, 200]);
  expect((await buy(eventId, ticketTypeId)).body.reservation.totalAmount).toBe(9_000);
});

describe('the total', () => {
  test('goes up and down, to what is held or sold and no lower', async () => {
    const { eventId, ticketTypeId } = await ownEvent({ stock: [10] });
    await buy(eventId, ticketTypeId, 4);
    const set = (total_quantity: number) =>
      organizer.patch(pathOf(eventId, ticketTypeId), { total_quantity });
    expect((await set(12)).body.ticket_type).toMatchObject({ available_quantity: 8, claimed_quantity: 4 });
    const { status, body } = await set(3);
    expect([status, body.code, body.claimed]).toEqual([409, 'TOTAL_BELOW_CLAIMED', 4]);
    expect((await set(4)).body.ticket_type).toMatchObject({ available_quantity: 0, claimed_quantity: 4 });
    expect(tally([await buy(eventId, ticketTypeId)])).toEqual({ '409 SOLD_OUT': 1 });
    await set(5);
    expect(tally([await buy(eventId, ticketTypeId)])).toEqual({ '201': 1 });
  });

  test('is lowered while it sells: never below what is sold, and no ticket is sold above it', async () => {
    const { eventId, ticketTypeId } = await ownEvent({ stock: [40] });
    const buyers = Array.from({ length: 60 }, (_, index) =>
      apiOf(service, index).buy(eventId, [{ ticketTypeId, quantity: 1 }]),
    );
    const totals = [30, 20, 10, 5].map((total_quantity) =>
      organizer.patch(pathOf(eventId, ticketTypeId), { total_quantity }),
    );
    const [sales, edits] = [await Promise.all(buyers), await Promise.all(totals)];
    const { total_quantity, claimed_quantity } = await read(eventId, ticketTypeId);
    const { 201: sold = 0, ...refused } = tally(sales);
    expect(sold).toBe(claimed_quantity);
    expect(claimed_quantity).toBeLessThanOrEqual(total_quantity);
    expect(Object.keys(refused)).toEqual(sold === 60 ? [] : ['409 SOLD_OUT']);
    for (const { status, body } of edits)
      expect([200, '409 TOTAL_BELOW_CLAIMED']).toContain(body.code ? `${status} ${body.code}` : status);
  });

  test('waits for a sale that is about to commit, and counts it', async () => {
    const { eventId, ticketTypeId } = await ownEvent({ stock: [10] });
    const letGo = await holdStock(service.db, ticketTypeId);
    const sale = buy(eventId, ticketTypeId, 8);
    await untilLockWaiters(service.db, 1);
    const edit = organizer.patch(pathOf(eventId, ticketTypeId), { total_quantity: 5 });
    await untilLockWaiters(service.db, 2);
    await letGo();
    expect(tally([await sale, await edit])).toEqual({ '201': 1, '409 TOTAL_BELOW_CLAIMED': 1 });
  });
});

test('of two organizers who edit at once, the later one is told so', async () => {
  const { eventId, ticketTypeId } = await ownEvent({ stock: [10] });
  const { headers } = await organizer.get(pathOf(eventId, ticketTypeId));
  const colleague = organizerOf(service, 1, organizer.userId);
  const edits = await Promise.all([
    organizer.patch(pathOf(eventId, ticketTypeId), { name: '가' }, String(headers.etag)),
    colleague.patch(pathOf(eventId, ticketTypeId), { price: 1 }, String(headers.etag)),
  ]);
  expect(tally(edits)).toEqual({ '200': 1, '412 PRECONDITION_FAILED': 1 });
  expect(
    tally([
      await api.patch(pathOf(eventId, ticketTypeId), service.as(organizer.userId, 'organizer'), { price: 1 }),
    ]),
  ).toEqual({ '428 PRECONDITION_REQUIRED': 1 });
});

test('a type can be deleted until its first hold, and not after that has ended either', async () => {
  const { eventId, ticketTypeIds } = await ownEvent({ stock: [5, 5] });
  const [first, second] = ticketTypeIds as [string, string];
  expect(await shown(eventId)).toHaveLength(2);
  const user = randomUUID();
  const { body } = await buy(eventId, first, 1, user);
  expect(tally([await remove(eventId, first)])).toEqual({ '409 TICKET_TYPE_IN_USE': 1 });
  await api.cancel(body.reservation.id, user);
  expect(tally([await remove(eventId, first), await remove(eventId, second)])).toEqual({
    '200': 1,
    '409 TICKET_TYPE_IN_USE': 1,
  });
  expect(tally([await buy(eventId, second)])).toEqual({ '404 TICKET_TYPE_NOT_FOUND': 1 });
  await eventually(async () => expect(await shown(eventId)).toMatchObject([{ id: first }]));
});

test('a type of another event, or of another organizer, stays as it is', async () => {
  const mine = await ownEvent({ stock: [5] });
  const other = await service.seedEvent({ stock: [5] });
  const edit = (eventId: string, id?: string) => organizer.patch(pathOf(eventId, id), { price: 1 });
  expect(
    tally([
      await edit(mine.eventId, other.ticketTypeIds[0]),
      await edit(other.eventId, other.ticketTypeIds[0]),
      await remove(other.eventId, other.ticketTypeIds[0] as string),
      await organizer.get(pathOf(other.eventId)),
      await organizer.post(pathOf(other.eventId), { name: 'a', price: 1, total_quantity: 1 }),
    ]),
  ).toEqual({ '404 TICKET_TYPE_NOT_FOUND': 1, '403 FORBIDDEN': 4 });
});

test('the audit log tells what was changed, from what to what', async () => {
  const { eventId } = await ownEvent({ stock: [] });
  const { body } = await organizer.post(pathOf(eventId), { name: '가', price: 1, total_quantity: 5 });
  const { id } = body.ticket_type;
  await organizer.patch(pathOf(eventId, id), { price: 2, total_quantity: 7 });
  await organizer.patch(pathOf(eventId, id), { price: -1 });
  await remove(eventId, id);
  const { entries } = (await organizer.get(`/admin/audit?event_id=${eventId}&action=ticket_type.`)).body;
  expect(entries).toMatchObject([
    { action: 'ticket_type.delete', entity_id: id, before: { price: 2 }, after: null },
    {
      action: 'ticket_type.change',
      actor_id: organizer.userId,
      before: { price: 1, total_quantity: 5, available_quantity: 5 },
      after: { price: 2, total_quantity: 7, available_quantity: 7 },
    },
    { action: 'ticket_type.create', before: null, after: { name: '가', total_quantity: 5 } },
  ]);
});
