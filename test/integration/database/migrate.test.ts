import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, createPatientDatabase, type Db } from '../../../src/database/database.ts';
import { migrateToLatest } from '../../../src/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { hold, untilLockWaiters } from '../../support/locks.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Migrates while another instance holds the migration's lock for as long as a long migration takes. */
async function migrateBeside(another: Db, db: Db): Promise<string[]> {
  const letGo = await hold(another, (trx) =>
    sql`LOCK TABLE kysely_migration_lock IN ACCESS EXCLUSIVE MODE`.execute(trx),
  );
  const migrated = migrateToLatest(db);
  await untilLockWaiters(another, 1);
  const over = Promise.race([
    migrated.catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 3_000)),
  ]);
  await over;
  await letGo();
  return await migrated;
}

test('an instance that starts while another migrates waits for it, however long it takes', async () => {
  const patient = createPatientDatabase(database.settings, () => undefined);
  expect(await migrateBeside(database.db, patient)).toEqual([]);
  await patient.destroy();
});

test('the control: with the limits of a request it fails', async () => {
  const hasty = createDatabase(database.settings, () => undefined);
  await expect(migrateBeside(database.db, hasty)).rejects.toThrow(/timeout/);
  await hasty.destroy();
});
