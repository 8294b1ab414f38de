import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { claim } from './plain-sql.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('holds that end together are not compared with one another, whatever the session ended first', async () => {
  const { db } = database;
  const { eventId, seatIds } = await seedEvent(db, { seats: 31 });
  const holds: string[] = [];
  for (const seat of seatIds) holds.push(await claim(db, eventId, { seats: [seat] }));
  await sql`INSERT INTO webhooks (id, created_by, types) VALUES (gen_random_uuid(), gen_random_uuid(), '{reservation.expired}')`.execute(
    db,
  );

  const plans: string[] = [];
  const { host, port, user, password, database: name } = database.settings;
  const session = new pg.Client({ host, port, user, password, database: name });
  await session.connect();
  try {
    session.on('notice', ({ message }) => plans.push(message ?? ''));
    await session.query(`LOAD 'auto_explain'; SET client_min_messages = log; SET auto_explain.log_min_duration = 0;
      SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on`);
    const end = (ids: string[]) =>
      session.query(`UPDATE reservations SET status = 'expired' WHERE id = ANY ($1)`, [ids]);
    await end(holds.slice(0, 1));
    plans.length = 0;
    await end(holds.slice(1));
    // Ending them again changes nothing.
    await end(holds);
  } finally {
    await session.end();
  }
  expect(plans.length).toBeGreaterThan(3);
  // Each hold is read from the transition table for itself, so that the work grows with their number and not with its square.
  const readAgain = plans.filter((plan) => /Named Tuplestore Scan.*loops=(?:[2-9]|\d\d)/.test(plan));
  expect(readAgain).toEqual([]);
  const { rows } = await sql`SELECT FROM seats WHERE status <> 'available'`.execute(db);
  expect(rows).toEqual([]);
  const outbox = await db.selectFrom('outbox').select(['type', 'entity_id']).orderBy('id').execute();
  expect(outbox).toEqual(
    [...holds.slice(0, 1), ...holds.slice(1).sort()].map((id) => ({
      type: 'reservation.expired',
      entity_id: id,
    })),
  );
});
