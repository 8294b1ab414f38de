import { type Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { migrateToLatest } from '../../../src/database/migrate.ts';
import { createTestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { stateInDatabase } from '../../support/live-state.ts';
import { hold, untilLockWaiters } from '../../support/locks.ts';
import { claim } from './plain-sql.ts';

/** The migrations before the versions of events. */
const BEFORE = [
  '0001-catalogue',
  '0002-reservations',
  '0003-derived-state',
  '0004-waiting-room',
  '0005-waiting-time-to-live',
  '0006-refunds',
];

test('an instance of the version before sells on while another one migrates', async () => {
  const { db, drop } = await createTestDatabase({ template: 'template0' });
  onTestFinished(drop);
  await db.transaction().execute(async (trx) => {
    await sql`CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`.execute(
      trx,
    );
    for (const name of BEFORE) {
      const { up }: { up(db: Kysely<unknown>): Promise<void> } = await import(
        `../../../migrations/${name}.ts`
      );
      await up(trx as unknown as Kysely<unknown>);
      await sql`INSERT INTO kysely_migration VALUES (${name}, '')`.execute(trx);
    }
  });
  const [one, other] = [await seedEvent(db, { seats: 3 }), await seedEvent(db, { seats: 3, stock: [5] })];

  const commit = await hold(db, (trx) => claim(trx, one.eventId, { seats: [one.seatIds[0] as string] }));
  const migrating = migrateToLatest(db);
  await untilLockWaiters(db, 1);
  const selling = claim(db, other.eventId, { seats: [other.seatIds[0] as string] });
  await untilLockWaiters(db, 2);
  await commit();
  expect((await migrating).length).toBeGreaterThan(0);
  await selling;
  const { version, seats } = await stateInDatabase(db, other.eventId);
  expect(version).toBe(2);
  expect(Object.values(seats).map(([status]) => status)).toContain(1);
});
