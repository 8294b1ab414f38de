import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seed } from '../../../src/database/seed.ts';
import demoPosters from '../../../src/demo/posters/plugin.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { listInPostgres } from '../events/old-search.ts';

const DAY = 86_400_000;
const NOTHING = { halls: 0, events: 0, ticketTypes: 0, seats: 0, keywords: 0 };

let database: TestDatabase;

const eventsById = () => database.db.selectFrom('event_listing').selectAll().orderBy('id').execute();

/** Every row of every table that the seed writes to. */
async function everything() {
  const { db } = database;
  return {
    halls: await db.selectFrom('seat_layouts').selectAll().orderBy('id').execute(),
    events: await db.selectFrom('events').selectAll().orderBy('id').execute(),
    ticketTypes: await db.selectFrom('ticket_types').selectAll().orderBy('id').execute(),
    seats: await db.selectFrom('seats').selectAll().orderBy('id').execute(),
    keywords: await db
      .selectFrom('keyword_mappings')
      .selectAll()
      .orderBy('korean')
      .orderBy('english')
      .execute(),
  };
}

async function statusCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { current_status } of await eventsById())
    counts[current_status] = (counts[current_status] ?? 0) + 1;
  return counts;
}

describe('the demo data', () => {
  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 4 });
    await seed(database.db);
  });
  afterAll(() => database.drop());

  test('has at least 25 events in all five statuses, each with what a page of it shows', async () => {
    const events = await eventsById();
    expect(events.length).toBeGreaterThanOrEqual(25);
    expect(Object.keys(await statusCounts()).sort()).toEqual([
      'cancelled',
      'ended',
      'on_sale',
      'sold_out',
      'upcoming',
    ]);
    for (const event of events) {
      expect(`${event.title}${event.description}${event.venue}${event.address}`).toMatch(/[가-힣]/);
      expect(event.address).toMatch(/^(서울|부산|대구|인천|경기).* \d/);
    }
  });

  test('has a poster for each event, at an address that the service answers', async () => {
    const app = Fastify();
    await app.register(demoPosters);
    for (const { title, poster_image_url } of await eventsById()) {
      const { statusCode, body } = await app.inject(poster_image_url ?? '');
      expect([statusCode, body]).toEqual([200, expect.stringContaining(title.replaceAll('&', '&amp;'))]);
    }
  });

  test('has three halls, each with at least two events on sale and all of their seats', async () => {
    const { db } = database;
    const halls = await db.selectFrom('seat_layouts').selectAll().orderBy('total_seats').execute();
    expect(halls.map(({ name, total_seats }) => [name, total_seats])).toEqual([
      ['small_theater', 265],
      ['concert_hall', 1_250],
      ['arena', 4_900],
    ]);
    for (const { id, total_seats, layout_config } of halls) {
      const { sections } = layout_config;
      expect(sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0)).toBe(total_seats);
      let nextRow = 1;
      for (const { startRow, rows } of sections) {
        expect(startRow).toBe(nextRow);
        nextRow += rows;
      }
      const events = (await eventsById()).filter(({ seat_layout_id }) => seat_layout_id === id);
      expect(
        events.filter(({ current_status }) => current_status === 'on_sale').length,
      ).toBeGreaterThanOrEqual(2);
      for (const event of events) {
        const seats = await db.selectFrom('seats').selectAll().where('event_id', '=', event.id).execute();
        expect(seats).toHaveLength(total_seats);
        for (const seat of seats) {
          expect(seat.seat_label).toBe(`${seat.section}-${seat.row_number}-${seat.seat_number}`);
          const section = sections.find(({ name }) => name === seat.section);
          expect(seat.price).toBe(section?.price);
          expect(seat.row_number - (section?.startRow ?? 0)).toBeLessThan(section?.rows ?? 0);
        }
      }
    }
  });

  test('sells seats or 2 to 4 ticket types for each event, and some events are sold out', async () => {
    const { ticketTypes } = await everything();
    const events = await eventsById();
    for (const event of events) {
      const own = ticketTypes.filter(({ event_id }) => event_id === event.id);
      if (event.seat_layout_id) expect(own).toHaveLength(0);
      else expect([2, 3, 4]).toContain(own.length);
    }
    const stockOf = (id: string) =>
      ticketTypes
        .filter(({ event_id }) => event_id === id)
        .reduce((sum, type) => sum + type.available_quantity, 0);
    const soldOut = events.filter(({ current_status }) => current_status === 'sold_out');
    expect(soldOut.some(({ id }) => stockOf(id) === 0)).toBe(true);
    expect(
      events
        .filter(({ current_status }) => current_status === 'on_sale')
        .every((e) => e.seat_layout_id || stockOf(e.id) > 0),
    ).toBe(true);
  });

  test('is found by Korean and by English names', async () => {
    const titles = async (q: string) =>
      (await listInPostgres(database.db, { q, page: 1, limit: 50 })).events.map(({ title }) => title).sort();
    expect(await titles('IU')).toEqual(await titles('아이유'));
    expect(await titles('IU')).toHaveLength(1);
    expect((await titles('musical')).length).toBeGreaterThan(3);
    expect(await titles('Busan')).toEqual(await titles('부산'));
    const { keywords } = await everything();
    expect(keywords.length).toBeGreaterThanOrEqual(25);
  });
});

describe('a second seed', () => {
  beforeEach(async () => {
    database = await createTestDatabase({ poolSize: 4 });
  });
  afterEach(() => database.drop());

  test('on the same day changes no row', async () => {
    const now = new Date();
    const first = await seed(database.db, now);
    const before = await everything();
    expect(first).toEqual({
      halls: before.halls.length,
      events: before.events.length,
      ticketTypes: before.ticketTypes.length,
      seats: before.seats.length,
      keywords: before.keywords.length,
    });
    expect(await seed(database.db, now)).toEqual(NOTHING);
    expect(await everything()).toEqual(before);
  });

  test('at the same time as the first one does no harm', async () => {
    await Promise.all([seed(database.db), seed(database.db), seed(database.db)]);
    expect(await seed(database.db)).toEqual(NOTHING);
  });

  test('in another database makes the same ids', async () => {
    const other = await createTestDatabase({ poolSize: 2 });
    try {
      await seed(database.db);
      await seed(other.db);
      const ids = sql<{ id: string }>`
        SELECT id FROM events UNION ALL SELECT id FROM seat_layouts
        UNION ALL SELECT id FROM ticket_types UNION ALL SELECT id FROM seats ORDER BY id`;
      const { rows } = await ids.execute(database.db);
      expect((await ids.execute(other.db)).rows).toEqual(rows);
      expect(rows.every(({ id }) => /^.{8}-.{4}-8.{3}-8.{3}-.{12}$/.test(id))).toBe(true);
    } finally {
      await other.drop();
    }
  });

  test('on a later day moves all events by as many days, and so restores their statuses', async () => {
    const past = new Date(Date.now() - 300 * DAY);
    await seed(database.db, past);
    const before = await eventsById();
    expect((await statusCounts()).on_sale ?? 0).toBe(0);

    const { events, ...others } = await seed(database.db, new Date(past.getTime() + 300 * DAY));
    expect(events).toBe(before.length);
    expect({ ...others, events: 0 }).toEqual(NOTHING);
    const after = await eventsById();
    for (const [index, event] of after.entries()) {
      for (const column of ['event_date', 'sale_start_date', 'sale_end_date'] as const) {
        expect(Date.parse(event[column]) - Date.parse(before[index]?.[column] ?? '')).toBe(300 * DAY);
      }
      expect(event.created_at).toBe(before[index]?.created_at);
    }
    expect((await statusCounts()).on_sale).toBeGreaterThanOrEqual(10);
  });

  test('counts days from midnight in Korea', async () => {
    await seed(database.db, new Date('2030-03-09T15:00:00Z'));
    const [before] = await eventsById();
    expect(await seed(database.db, new Date('2030-03-10T14:59:59.999Z'))).toEqual(NOTHING);
    await seed(database.db, new Date('2030-03-10T15:00:00Z'));
    const [after] = await eventsById();
    expect(Date.parse(after?.event_date ?? '') - Date.parse(before?.event_date ?? '')).toBe(DAY);
  });

  test('keeps reservations, seats, stock and the changes of an operator', async () => {
    const { db } = database;
    await seed(db);
    const seat = await db.selectFrom('seats').selectAll().limit(1).executeTakeFirstOrThrow();
    const type = await db
      .selectFrom('ticket_types')
      .selectAll()
      .where('available_quantity', '>', 10)
      .limit(1)
      .executeTakeFirstOrThrow();
    await db.updateTable('seats').set({ price: 1 }).where('id', '=', seat.id).execute();
    await db
      .updateTable('ticket_types')
      .set({ total_quantity: type.total_quantity - 3 })
      .where('id', '=', type.id)
      .execute();
    const reservation = { id: randomUUID(), event_id: seat.event_id, user_id: randomUUID() };
    await db.transaction().execute(async (trx) => {
      await trx
        .insertInto('reservations')
        .values({
          ...reservation,
          reservation_number: 'TK0123456789AB',
          total_amount: 1,
          expires_at: new Date(),
        })
        .execute();
      await trx
        .insertInto('reservation_items')
        .values({ reservation_id: reservation.id, seat_id: seat.id, quantity: 1, unit_price: 1 })
        .execute();
    });
    await db.updateTable('events').set({ status: 'cancelled' }).where('id', '=', seat.event_id).execute();
    const claims = () => db.selectFrom('reservation_items').selectAll().execute();
    const reservations = () => db.selectFrom('reservations').selectAll().execute();
    const before = { ...(await everything()), claims: await claims(), reservations: await reservations() };

    await seed(db, new Date(Date.now() + 40 * DAY));
    const after = await everything();
    expect(after.seats).toEqual(before.seats);
    expect(after.ticketTypes).toEqual(before.ticketTypes);
    expect(await claims()).toEqual(before.claims);
    expect(await reservations()).toEqual(before.reservations);
    expect(after.events.map(({ id, status }) => [id, status])).toEqual(
      before.events.map(({ id, status }) => [id, status]),
    );
  });

  test('into an imported database adds nothing', async () => {
    await database.db.insertInto('imports').values({ timezone: 'Asia/Seoul' }).execute();
    expect(await seed(database.db)).toEqual(NOTHING);
    expect(await eventsById()).toEqual([]);
  });

  test('that fails leaves no row', async () => {
    await sql`ALTER TABLE keyword_mappings RENAME TO hidden`.execute(database.db);
    await expect(seed(database.db)).rejects.toThrow('keyword_mappings');
    expect(await eventsById()).toEqual([]);
  });
});
