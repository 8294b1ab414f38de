import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventList } from '../../../src/contract/schemas.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function list(query: Record<string, string | number>): Promise<EventList> {
  const parameters = new URLSearchParams(query as Record<string, string>);
  const { status, body } = await ask(service.app, { url: `/api/v1/events?${parameters}` });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('pages', () => {
  const COUNT = 816;

  beforeAll(async () => {
    // All on the same day and in the same state, so the id alone orders them.
    await sql`
      INSERT INTO events (title, venue, event_date, sale_start_date, sale_end_date, status)
      SELECT '같은 날 ' || number, '시험 공연장', now() + interval '30 days', now() - interval '1 day',
        now() + interval '29 days', 'on_sale'
      FROM generate_series(1, ${COUNT}) AS number`.execute(service.db);
    await service.refresh();
  });
  afterAll(async () => {
    await sql`DELETE FROM events WHERE title LIKE '같은 날 %'`.execute(service.db);
    await service.refresh();
  });

  test.each([1_000, 100, 37])('of %i hold each event once, in the same order', async (limit) => {
    const seen: string[] = [];
    for (let page = 1; page <= Math.ceil(COUNT / limit); page++) {
      const { events, pagination } = await list({ q: '같은 날', limit, page });
      expect(pagination).toEqual({ page, limit, total: COUNT, totalPages: Math.ceil(COUNT / limit) });
      seen.push(...events.map(({ id }) => id));
    }
    expect(seen).toHaveLength(COUNT);
    expect(new Set(seen).size).toBe(COUNT);
    const all = await list({ q: '같은 날', limit: 1_000 });
    expect(seen).toEqual(all.events.map(({ id }) => id));
  });

  test('after the last one are empty, and say how many there are', async () => {
    const { events, pagination } = await list({ q: '같은 날', page: 1_000_000, limit: 1_000 });
    expect(events).toEqual([]);
    expect(pagination).toMatchObject({ total: COUNT, totalPages: 1 });
  });

  test('are of ten by default', async () => {
    expect((await list({ q: '같은 날' })).events).toHaveLength(10);
  });
});

describe('the status', () => {
  const past = { saleStartsIn: -3, saleEndsIn: -2 };
  const future = { saleStartsIn: 1, saleEndsIn: 2 };

  test.each([
    ['upcoming', 'before the sale', { ...future, stock: [5] }],
    [
      'upcoming',
      'before the sale, even if an organizer opened it',
      { ...future, status: 'on_sale', stock: [5] },
    ],
    ['on_sale', 'during the sale', { stock: [5] }],
    ['on_sale', 'during the sale, even if no organizer opened it', { status: 'upcoming', seats: 5 }],
    ['on_sale', 'as long as one type has stock', { stock: [0, 1] }],
    ['sold_out', 'when no stock is left', { stock: [0, 0] }],
    ['ended', 'after the sale', { ...past, stock: [5] }],
    ['ended', 'when the event is over, even if its sale is not', { takesPlaceIn: -1, stock: [5] }],
    ['cancelled', 'when the organizer says so', { status: 'cancelled', stock: [5] }],
    ['sold_out', 'when the organizer says so', { status: 'sold_out', stock: [5] }],
    ['ended', 'when the organizer says so', { status: 'ended', stock: [5] }],
  ] as const)('is %s %s', async (status, _when, seed) => {
    const title = randomUUID();
    const stock = 'stock' in seed ? [...seed.stock] : [];
    const { eventId } = await service.seedEvent({ ...seed, title, stock });
    const { event } = (await ask(service.app, { url: `/api/v1/events/${eventId}` })).body;
    expect(event.status).toBe(status);
    expect((await list({ q: title })).events.map((each) => each.status)).toEqual([status]);
    expect((await list({ q: title, status })).events).toHaveLength(1);
    const others = ['upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled'].filter(
      (other) => other !== status,
    );
    for (const other of others) expect((await list({ q: title, status: other })).events).toEqual([]);
  });

  test('follows the clock without a write, in lists and in their order as well', async () => {
    const title = `개시 ${randomUUID()}`;
    const soon = await service.seedEvent({ title, saleStartsIn: 1, takesPlaceIn: 31, stock: [5] });
    const later = await service.seedEvent({ title, saleStartsIn: 1, takesPlaceIn: 30, stock: [5] });
    const starts = await sql<{ at: Date }>`
      UPDATE events SET sale_start_date = now() + interval '2 seconds' WHERE id = ${soon.eventId}
      RETURNING sale_start_date AS at`.execute(service.db);
    await service.refresh();
    const found = async () => {
      const parameters = new URLSearchParams({ q: title });
      const [all, onSale, one] = await Promise.all([
        ask(service.app, { url: `/api/v1/events?${parameters}` }),
        ask(service.app, { url: `/api/v1/events?${parameters}&status=on_sale` }),
        ask(service.app, { url: `/api/v1/events/${soon.eventId}` }),
      ]);
      return {
        order: all.body.events.map(({ id }: { id: string }) => id),
        onSale: onSale.body.pagination.total,
        status: one.body.event.status,
        tags: [all, onSale, one].map(({ headers }) => headers.etag),
      };
    };
    const before = await found();
    expect(before).toMatchObject({ order: [later.eventId, soon.eventId], onSale: 0, status: 'upcoming' });
    let askedBefore = 0;
    const after = await eventually(async () => {
      const asked = Date.now();
      const now = await found();
      if (now.status === 'upcoming') askedBefore = asked;
      expect(now).toMatchObject({ order: [soon.eventId, later.eventId], onSale: 1, status: 'on_sale' });
      return now;
    });
    expect(askedBefore - new Date(starts.rows[0]?.at as Date).getTime()).toBeLessThan(1_000);
    for (const [index, tag] of after.tags.entries()) expect(tag).not.toBe(before.tags[index]);
  });

  test('orders the list by sale first, and by date then', async () => {
    const title = `순서 ${randomUUID()}`;
    const seed = (name: string, rest: object) =>
      service.seedEvent({ title: `${title} ${name}`, stock: [1], ...rest });
    await seed('6', { status: 'cancelled' });
    await seed('5', past);
    await seed('4', { stock: [0] });
    await seed('3', future);
    await seed('2', { takesPlaceIn: 40 });
    await seed('1', { takesPlaceIn: 31 });
    const { events } = await list({ q: title });
    expect(events.map((event) => event.title.at(-1))).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});

describe('the cache of lists', () => {
  test.each([
    [['all', 'cancelled', undefined]],
    [[undefined, 'on_sale', 'all']],
    [['ended', undefined, 'all', 'on_sale']],
  ])('gives each query its own answer, in any order: %j', async (order) => {
    const q = `기억 ${randomUUID()}`;
    for (const status of ['on_sale', 'cancelled', 'ended'] as const) {
      await service.seedEvent({ title: q, status, stock: [1] });
    }
    for (const status of [...order, ...order]) {
      const { events } = await list({ q, ...(status && { status }) });
      expect(events).toHaveLength(status === undefined || status === 'all' ? 3 : 1);
    }
  });

  test('tells the search for "null" from no search', async () => {
    const all = (await list({ limit: 1_000 })).pagination.total;
    expect((await list({ limit: 1_000, q: 'null' })).pagination.total).toBe(0);
    expect((await list({ limit: 1_000 })).pagination.total).toBe(all);
  });
});
