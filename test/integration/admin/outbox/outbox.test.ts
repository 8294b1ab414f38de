import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../../../../src/admin/outbox/publish.ts';
import { sweepOutbox } from '../../../../src/admin/outbox/sweep.ts';
import type { OutboxEvent } from '../../../../src/contract/schemas.ts';
import type { Database } from '../../../../src/database/schema.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { expectMessage, subscribe } from './subscriptions.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function read(query: string, headers = service.as(undefined, 'admin')) {
  const answer = await service.app.inject({ url: `/api/v1/admin/outbox?${query}`, headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json() as { events: OutboxEvent[]; after: number; more: boolean };
}

const post = async (url: string, headers: object, payload?: object) => {
  const answer = await service.app.inject({
    method: 'POST',
    url,
    headers,
    ...(payload && { payload }),
  } as object);
  expect(answer.statusCode, answer.body).toBeLessThan(300);
  return answer.json();
};

/** The types that the feed has of an event, once there are so many. */
const typesOf = (eventId: string, count: number) =>
  eventually(async () => {
    const { events } = await read('limit=1000');
    const own = events.filter(({ data }) => JSON.stringify(data).includes(eventId));
    expect(own.length).toBe(count);
    for (const event of own) expectMessage(event);
    return own.map(({ type }) => type);
  });

test('a reservation is told from its hold to its refund, each time with all of it', async () => {
  const types = ['held', 'confirmed', 'cancelled', 'refund_due', 'refunded'].map(
    (what) => `reservation.${what}`,
  );
  await subscribe(service.db, types);
  const { eventId, seatIds } = await service.seedEvent({ seats: 5 });
  const buyer = service.as();
  const payer = service.as(undefined, 'service');
  const { reservation } = await post('/api/v1/seats/reserve', buyer, {
    eventId,
    seatIds: seatIds.slice(0, 2),
  });
  const payment = { paymentId: `pay_${eventId}`, paymentMethod: 'card', amount: 100_000 };
  await post(`/api/v1/reservations/${reservation.id}/confirm`, payer, payment);
  await post(`/api/v1/reservations/${reservation.id}/cancel`, buyer);
  await post(`/api/v1/reservations/${reservation.id}/refunded`, payer);
  expect(await typesOf(eventId, 5)).toEqual(types);
  const { events } = await read('limit=1000&types=reservation.refund_due');
  expect(events.at(-1)?.data).toMatchObject({
    event: { id: eventId, title: '시험 공연' },
    reservation: {
      id: reservation.id,
      status: 'cancelled',
      total_amount: 100_000,
      payment_id: payment.paymentId,
    },
    refund: { amount: 100_000, reason: 'cancelled', refunded_at: null },
  });
  const items = (events.at(-1)?.data.reservation as { items?: object[] } | undefined)?.items ?? [];
  expect(items).toHaveLength(2);
  expect(items[0]).toMatchObject({ section: 'A', quantity: 1, unit_price: 50_000 });
});

test('a reservation of 0 won is told as confirmed, and never as held', async () => {
  await subscribe(service.db, ['reservation.held', 'reservation.confirmed']);
  const { eventId, seatIds } = await service.seedEvent({ seats: 2, price: 0 });
  await post('/api/v1/seats/reserve', service.as(), { eventId, seatIds });
  expect(await typesOf(eventId, 1)).toEqual(['reservation.confirmed']);
});

test('a type is written while a subscription wants it, and for its events alone', async () => {
  const owner = randomUUID();
  const [own, foreign] = [await service.seedEvent({ stock: [9] }), await service.seedEvent({ stock: [9] })];
  await service.db.updateTable('events').set({ created_by: owner }).where('id', '=', own.eventId).execute();
  const buy = ({ eventId, ticketTypeIds: [ticketTypeId] }: typeof own) =>
    post('/api/v1/reservations', service.as(), { eventId, items: [{ ticketTypeId, quantity: 1 }] });
  const written = async () => {
    const rows = await service.db
      .selectFrom('outbox')
      .select('event_id')
      .where('event_id', 'in', [own.eventId, foreign.eventId])
      .execute();
    return rows.map(({ event_id }) => event_id);
  };
  await service.db.deleteFrom('webhooks').execute();
  await buy(own);
  expect(await written()).toEqual([]);
  const id = await subscribe(service.db, ['reservation.held'], { organizer_id: owner });
  await buy(foreign);
  await buy(own);
  expect(await written()).toEqual([own.eventId]);
  await service.db.updateTable('webhooks').set({ enabled: false }).where('id', '=', id).execute();
  await buy(own);
  expect(await written()).toEqual([own.eventId]);
});

test('events are told when they are published, changed, sold out, on sale again and cancelled', async () => {
  const types = ['published', 'changed', 'sold_out', 'on_sale_again', 'cancelled'].map(
    (what) => `event.${what}`,
  );
  await subscribe(service.db, types);
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
    seats: 1,
    stock: [1, 1],
    status: 'draft' as never,
  });
  const set = (values: Record<string, unknown>) =>
    service.db.updateTable('events').set(values).where('id', '=', eventId).execute();
  await set({ title: '초안' });
  await set({ status: 'on_sale' });
  await service.refresh();
  await set({ title: '새 이름', event_date: new Date(Date.now() + 1e9) });
  const buyer = service.as();
  await post('/api/v1/seats/reserve', buyer, { eventId, seatIds });
  const items = ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, quantity: 1 }));
  const { reservation } = await post('/api/v1/reservations', buyer, { eventId, items });
  await post(`/api/v1/reservations/${reservation.id}/cancel`, buyer);
  await set({ status: 'cancelled' });
  expect(await typesOf(eventId, 5)).toEqual(types);
  const { events } = await read(`limit=1000&types=event.changed`);
  expect(events.at(-1)?.data).toMatchObject({
    changed: ['event_date', 'title'],
    event: { title: '새 이름' },
  });
});

test('seats that are blocked and released are told once for each block', async () => {
  await subscribe(service.db, ['seat_block.created', 'seat_block.released']);
  const { eventId, seatIds } = await service.seedEvent({ seats: 4, stock: [1] });
  const block = randomUUID();
  await service.db
    .insertInto('seat_blocks')
    .values({ id: block, event_id: eventId, reason: '음향', release_at: null, created_by: null })
    .execute();
  const blocked = seatIds.map((seat_id) => ({ seat_id, block_id: block }));
  await service.db.insertInto('blocked_seats').values(blocked).execute();
  await service.db.deleteFrom('blocked_seats').where('seat_id', 'in', seatIds).execute();
  expect(await typesOf(eventId, 2)).toEqual(['seat_block.created', 'seat_block.released']);
});

const insert = (db: Kysely<Database>, entity = randomUUID()) =>
  sql`INSERT INTO outbox (type, event_id, entity_id, data)
    VALUES ('event.changed', ${entity}, ${entity}, '{}')`.execute(db);

test('a row that is committed late gets a later position, and is not missed', async () => {
  const { after } = await read('');
  const [early, late] = [randomUUID(), randomUUID()];
  let finish = () => {};
  const open = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = () => {};
  const inserted = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = service.db.transaction().execute(async (trx) => {
    await insert(trx, late);
    begun();
    await open;
  });
  await inserted;
  await insert(service.db, early);
  const first = await eventually(async () => {
    const page = await read(`after=${after}`);
    expect(page.events).toHaveLength(1);
    return page;
  });
  finish();
  await slow;
  await eventually(async () => expect((await read(`after=${first.after}`)).events).toHaveLength(1));
  // By id, the late row is the earlier one: a cursor of ids would have passed it.
  const rows = await service.db
    .selectFrom('outbox')
    .select(['entity_id', 'position'])
    .where('entity_id', 'in', [early, late])
    .orderBy('id')
    .execute();
  expect(rows.map(({ entity_id }) => entity_id)).toEqual([late, early]);
  expect((rows[0]?.position ?? 0) > (rows[1]?.position ?? 0)).toBe(true);
});

test('any number of publishers give each row one position', async () => {
  const entity = randomUUID();
  for (let row = 0; row < 40; row++) await insert(service.db, entity);
  await Promise.all(Array.from({ length: 8 }, () => publish(service.db)));
  await eventually(async () => {
    const rows = await service.db
      .selectFrom('outbox')
      .select('position')
      .where('entity_id', '=', entity)
      .orderBy('id')
      .execute();
    const positions = rows.map(({ position }) => position ?? 0);
    expect(positions.every((position) => position > 0)).toBe(true);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  });
});

test('organizers read their own events, and pages follow each other', async () => {
  const owner = randomUUID();
  const [own, foreign] = [await service.seedEvent(), await service.seedEvent()];
  await service.db.updateTable('events').set({ created_by: owner }).where('id', '=', own.eventId).execute();
  const { after } = await read('');
  for (const eventId of [own.eventId, foreign.eventId, own.eventId]) await insert(service.db, eventId);
  const asOwner = service.as(owner, 'organizer');
  const all = await eventually(async () => {
    expect((await read(`after=${after}`)).events).toHaveLength(3);
    return read(`after=${after}`, asOwner);
  });
  expect(all.events).toHaveLength(2);
  const first = await read(`after=${after}&limit=1`, asOwner);
  expect(first).toMatchObject({ more: true, after: all.events[0]?.position });
  const second = await read(`after=${first.after}&limit=1`, asOwner);
  expect(second).toMatchObject({ more: false, events: [all.events[1]] });
});

test('a cursor is refused once events after it are no longer kept', async () => {
  await insert(service.db);
  await eventually(async () => {
    const waiting = await service.db
      .selectFrom('outbox')
      .select('id')
      .where('position', 'is', null)
      .execute();
    expect(waiting).toEqual([]);
  });
  const { after } = await read('');
  await sql`UPDATE outbox SET published_at = now() - interval '8 days'`.execute(service.db);
  while ((await sweepOutbox(service.db, 7)).more);
  const headers = service.as(undefined, 'admin');
  for (const cursor of [after - 1, after + 1]) {
    const answer = await service.app.inject({ url: `/api/v1/admin/outbox?after=${cursor}`, headers });
    expect([answer.statusCode, answer.json().code]).toEqual([410, 'CHANGES_GONE']);
  }
  expect(await read(`after=${after}`)).toEqual({ events: [], after, more: false });
  expect(await read('')).toEqual({ events: [], after, more: false });
});
