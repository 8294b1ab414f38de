import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const [admin, organizer, other] = [randomUUID(), randomUUID(), randomUUID()];

async function ask(userId: string, role: 'admin' | 'organizer', query: string) {
  const answer = await service.app.inject({
    url: `/api/v1/admin/audit?${query}`,
    headers: service.as(userId, role),
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json() as { entries: Record<string, unknown>[]; nextCursor: string | null };
}

async function eventOf(userId: string): Promise<string> {
  const { eventId } = await service.seedEvent({ seats: 2, stock: [5] });
  await service.db.updateTable('events').set({ created_by: userId }).where('id', '=', eventId).execute();
  return eventId;
}

const send = (method: 'POST' | 'PATCH', url: string, headers: Record<string, string>, payload?: object) =>
  service.app.inject({ method, url, headers, ...(payload && { payload }) });

test('a change of queue settings is in the log with before and after, and so is clearing', async () => {
  const eventId = await eventOf(organizer);
  const headers = { ...service.as(admin, 'admin'), 'x-request-id': 'the-request' };
  const url = `/api/v1/queue/admin/${eventId}`;
  expect((await send('PATCH', url, headers, { threshold: 5 })).statusCode).toBe(200);
  expect((await send('PATCH', url, headers, { threshold: 7, paused: true })).statusCode).toBe(200);
  expect((await send('POST', `/api/v1/queue/admin/clear/${eventId}`, headers)).statusCode).toBe(200);
  const { entries } = await ask(organizer, 'organizer', `event_id=${eventId}`);
  expect(entries.map(({ action }) => action)).toEqual(['queue.clear', 'queue.change', 'queue.change']);
  expect(entries[1]).toMatchObject({
    actor_id: admin,
    actor_role: 'admin',
    request_id: 'the-request',
    event_id: eventId,
    before: { threshold: 5, paused: false },
    after: { threshold: 7, paused: true },
  });
  expect(entries[2]).toMatchObject({ before: { threshold: null, paused: false } });
});

test('a change that is refused leaves no entry', async () => {
  const eventId = await eventOf(organizer);
  const answer = await send('PATCH', `/api/v1/queue/admin/${eventId}`, service.as(admin, 'admin'), {
    lobbyMinutes: 30,
  });
  expect(answer.statusCode).toBe(422);
  expect((await ask(admin, 'admin', `event_id=${eventId}`)).entries).toEqual([]);
});

test('a refund is in the log once, however often the payment service notes it', async () => {
  const eventId = await eventOf(organizer);
  const { ticketTypeIds } = await service.seedEvent({ stock: [1] });
  const items = [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }];
  const { event_id } = await service.db
    .selectFrom('ticket_types')
    .select('event_id')
    .where('id', '=', ticketTypeIds[0] as string)
    .executeTakeFirstOrThrow();
  const buyer = service.as();
  const payer = service.as(undefined, 'service');
  const bought = await send('POST', '/api/v1/reservations', buyer, { eventId: event_id, items });
  const id = bought.json().reservation.id;
  const payment = { paymentId: `pay_${id}`, paymentMethod: 'card', amount: 50_000 };
  expect((await send('POST', `/api/v1/reservations/${id}/confirm`, payer, payment)).statusCode).toBe(200);
  expect((await send('POST', `/api/v1/reservations/${id}/cancel`, buyer)).statusCode).toBe(200);
  for (const _ of [1, 2])
    expect((await send('POST', `/api/v1/reservations/${id}/refunded`, payer)).statusCode).toBe(200);
  const { entries } = await ask(admin, 'admin', `event_id=${event_id}&action=reservation.refunded`);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ actor_role: 'service', entity_id: id, after: { refund_due: false } });
  expect((await ask(admin, 'admin', `event_id=${eventId}`)).entries).toEqual([]);
});

test('organizers read the entries of their own events and their own entries, administrators all', async () => {
  const [mine, theirs] = [await eventOf(organizer), await eventOf(other)];
  const rows = [
    { actor_id: admin, event_id: mine, action: 'event.mine' },
    { actor_id: admin, event_id: theirs, action: 'event.theirs' },
    { actor_id: organizer, event_id: null, action: 'layout.mine' },
    { actor_id: other, event_id: null, action: 'layout.theirs' },
  ];
  for (const { actor_id, event_id, action } of rows)
    await sql`INSERT INTO audit_log (actor_id, actor_role, action, entity_id, event_id)
      VALUES (${actor_id}, 'organizer', ${action}, 'x', ${event_id})`.execute(service.db);
  const actions = async (...of: Parameters<typeof ask>) =>
    (await ask(...of)).entries
      .map(({ action }) => action)
      .filter((action) => /mine|theirs/.test(`${action}`));
  expect(await actions(organizer, 'organizer', 'limit=100')).toEqual(['layout.mine', 'event.mine']);
  expect(await actions(organizer, 'organizer', `event_id=${theirs}`)).toEqual([]);
  expect(await actions(admin, 'admin', 'limit=100')).toEqual(rows.map(({ action }) => action).reverse());
  expect(await actions(admin, 'admin', 'action=layout.&limit=100')).toEqual(['layout.theirs', 'layout.mine']);
  expect(await actions(admin, 'admin', `actor_id=${other}`)).toEqual(['layout.theirs']);
});

test('pages follow each other by cursor, within a range of time', async () => {
  const eventId = await eventOf(organizer);
  await sql`INSERT INTO audit_log (actor_role, action, entity_id, event_id, happened_at)
    SELECT 'system', 'event.test', n::text, ${eventId}, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour'
    FROM generate_series(1, 7) AS n`.execute(service.db);
  const found: unknown[] = [];
  let cursor: string | null = '';
  do {
    const range = 'from=2026-01-01T02:00:00Z&to=2026-01-01T07:00:00%2B00:00';
    const page = await ask(
      admin,
      'admin',
      `event_id=${eventId}&limit=2&${range}${cursor && `&cursor=${cursor}`}`,
    );
    found.push(...page.entries.map(({ entity_id }) => entity_id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(found).toEqual(['6', '5', '4', '3', '2']);
});
