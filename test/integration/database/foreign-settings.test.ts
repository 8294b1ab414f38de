import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPatientDatabase } from '../../../src/database/database.ts';
import { migrateToLatest } from '../../../src/database/migrate.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { queueOf } from '../../support/waiting-room/queue-client.ts';

/** What an administrator may have set for a database, for reasons of their own. */
const FOREIGN = {
  DateStyle: 'German',
  TimeZone: 'Asia/Seoul',
  IntervalStyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  search_path: 'elsewhere',
  standard_conforming_strings: 'off',
  client_encoding: 'LATIN1',
  lc_messages: 'C',
  array_nulls: 'off',
  gin_fuzzy_search_limit: '1',
  row_security: 'off',
  enable_indexscan: 'off',
  statement_timeout: '1s',
  lock_timeout: '10ms',
  idle_in_transaction_session_timeout: '1ms',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
};

let service: Service;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
});
afterAll(() => service.stop());

async function setForeign(database: string): Promise<void> {
  const { host, port, user, password } = service.app.salePool.options;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' } as pg.ClientConfig);
  await client.connect();
  for (const [name, value] of Object.entries(FOREIGN))
    await client.query(`ALTER DATABASE ${database} SET ${name} = '${value}'`);
  await client.end();
}

test('an instance says the same, whatever its database is set to', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
    seats: 10,
    stock: [10],
    title: '겨울 콘서트',
    takesPlaceIn: 40,
  });
  // The 5th of December, which is the 12th of May elsewhere, and a day that no month has as its number.
  await sql`UPDATE events SET event_date = '2037-12-05 19:00:00.123456+09', sale_end_date = '2037-12-04 15:30:00+00'
    WHERE id = ${eventId}`.execute(service.db);
  await service.db.updateTable('events').set({ created_at: '2026-01-25 10:00:00+00' }).execute();
  const lottery = await service.seedEvent({ seats: 10, saleStartsIn: 1 });
  await queueOf(service, lottery.eventId).change({ lobbyMinutes: 60, drainPerSecond: 1 / 3 });
  const userId = randomUUID();
  const before = apiOf(service);
  await before.reserve(eventId, seatIds.slice(0, 1), userId);
  await before.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 2 }], userId);

  await setForeign(service.app.salePool.options.database as string);
  await service.startAnother();
  const after = apiOf(service, 1);
  const told = async (api: typeof before) => {
    const answers = await Promise.all([
      api.get('/events?limit=5'),
      api.get(`/events?q=${encodeURIComponent('겨울')}`),
      api.get(`/events/${eventId}`),
      api.get(`/seats/events/${eventId}`),
      api.get(`/tickets/event/${eventId}`),
      api.get('/reservations/my', userId),
      api.get(`/queue/lottery/${lottery.eventId}`),
      api.get(`/queue/admin/${lottery.eventId}`, service.as(undefined, 'admin')),
    ]);
    return answers.map(({ status, body }) => ({ status, body }));
  };
  const expected = await told(before);
  expect(expected[2]?.body.event).toMatchObject({
    event_date: '2037-12-05T10:00:00.123Z',
    sale_end_date: '2037-12-04T15:30:00.000Z',
  });
  expect(await told(after)).toEqual(expected);

  // Selling, several requests in a batch, with and without NULLs in their arrays.
  const [hold, ticket, best] = await Promise.all([
    after.reserve(eventId, seatIds.slice(2, 4), userId),
    after.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }]),
    after.best({ eventId, quantity: 2 }),
  ]);
  expect([hold.status, ticket.status, best.status]).toEqual([201, 201, 201]);
  expect(new Date(hold.body.reservation.expiresAt).getTime()).toBeGreaterThan(Date.now());
  expect((await after.cancel(hold.body.reservation.id, userId)).status).toBe(200);
});

test('times beyond the calendar of the wire are told as its ends', async () => {
  const api = apiOf(service);
  const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
  await sql`UPDATE events SET event_date = 'infinity', sale_start_date = '0044-03-15 12:00:00+00 BC', sale_end_date = 'infinity'
    WHERE id = ${eventId}`.execute(service.db);
  expect((await api.get(`/events/${eventId}`)).body.event).toMatchObject({
    event_date: '9999-12-31T23:59:59.999Z',
    sale_start_date: '0001-01-01T00:00:00.000Z',
    sale_end_date: '9999-12-31T23:59:59.999Z',
    status: 'on_sale',
  });
  expect((await api.get('/events?limit=100')).status).toBe(200);
  expect((await api.reserve(eventId, seatIds)).status).toBe(201);
});

test('migrations make their tables in the schema public, whatever the search path', async () => {
  const { options } = service.app.salePool;
  const name = `${options.database}_empty`;
  const server = { host: options.host, port: options.port, user: options.user, password: options.password };
  const administrator = new pg.Client({ ...server, database: 'postgres' } as pg.ClientConfig);
  await administrator.connect();
  await administrator.query(`CREATE DATABASE ${name}`);
  await setForeign(name);
  const settings = { ...server, database: name, ssl: 'off', poolSize: 1 };
  const db = createPatientDatabase(settings as never, () => undefined);
  try {
    await sql`CREATE SCHEMA elsewhere`.execute(db);
    expect((await migrateToLatest(db)).length).toBeGreaterThan(0);
    const { rows } = await sql`SELECT DISTINCT schemaname FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`.execute(db);
    expect(rows).toEqual([{ schemaname: 'public' }]);
  } finally {
    await db.destroy();
    await administrator.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await administrator.end();
  }
});
