import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, createPatientDatabase, type Db } from '../../../src/database/database.ts';
import { migrateToLatest } from '../../../src/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { hold, untilLockWaiters } from '../../support/locks.ts';

type Migrated = PromiseSettledResult<string[]>;

let database: TestDatabase;
let patient: Migrated;
let hasty: Migrated;

/** Migrates two databases beside an instance that holds the lock of the migration until one of them has given up. */
beforeAll(async () => {
  database = await createTestDatabase();
  const databases: [Db, Db] = [
    createPatientDatabase(database.settings, () => undefined),
    createDatabase(database.settings, () => undefined),
  ];
  const letGo = await hold(database.db, (trx) =>
    sql`LOCK TABLE kysely_migration IN ACCESS EXCLUSIVE MODE`.execute(trx),
  );
  const [waiting, failing] = databases.map((db) => Promise.allSettled([migrateToLatest(db)])) as [
    Promise<[Migrated]>,
    Promise<[Migrated]>,
  ];
  await untilLockWaiters(database.db, 2);
  [hasty] = await failing;
  // The other one has their lock now, and takes a moment to meet the table's.
  await untilLockWaiters(database.db, 1);
  await letGo();
  [patient] = await waiting;
  for (const db of databases) await db.destroy();
});
afterAll(() => database.drop());

test('an instance that starts while another migrates waits for it, longer than a request would', () => {
  expect(patient).toEqual({ status: 'fulfilled', value: [] });
});

test('the control: with the limits of a request it gives up', () => {
  expect(hasty).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/timeout/) } });
});
