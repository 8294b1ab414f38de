import { readFileSync } from 'node:fs';
import { type KyselyPlugin, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as catalogue from '../../../migrations/0001-catalogue.ts';
import { awaitDatabase } from '../../../src/database/await-database.ts';
import { createPatientDatabase } from '../../../src/database/database.ts';
import { migrateToLatest, schemaState } from '../../../src/database/migrate.ts';
import { DatabaseProblem } from '../../../src/database/problem.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { untilLockWaiters } from '../../support/locks.ts';

const existingTables = readFileSync(new URL('./existing-tables.sql', import.meta.url), 'utf8');
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ template: 'template0', poolSize: 2 });
});
afterAll(() => database.drop());

/** Empties the database, migrates it if it is to be ours, and runs the statements. */
async function prepare(from: 'empty' | 'migrated', ...statements: string[]): Promise<void> {
  const { db } = database;
  await sql`DROP EXTENSION IF EXISTS pg_trgm CASCADE`.execute(db);
  await sql`DROP SCHEMA IF EXISTS public, other CASCADE`.execute(db);
  await sql`CREATE SCHEMA public`.execute(db);
  if (from === 'migrated') await migrateToLatest(db);
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Everything that a start could leave behind: relations with their rows, functions and extensions. */
async function content() {
  const { db } = database;
  const { rows } = await sql<{ kind: string; name: string }>`
    SELECT relkind AS kind, oid::regclass::text AS name FROM pg_class
    WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_|^information_schema$')
    UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'extension', extname FROM pg_extension
    ORDER BY 1, 2`.execute(db);
  return await Promise.all(
    rows.map(async ({ kind, name }) => {
      if (kind !== 'r') return `${kind} ${name}`;
      const counted = await sql<{ count: number }>`SELECT count(*) FROM ${sql.raw(name)}`.execute(db);
      return `table ${name}: ${counted.rows[0]?.count} rows`;
    }),
  );
}

/** Starts on the database as the service does, and returns its log lines and the problem that ended it. */
async function start(migrate = true) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const problem = await awaitDatabase(database.settings, migrate, { info: say, warn: say }).catch(
    (error) => error,
  );
  return { lines, problem };
}

const lastMigration = '(SELECT max(name) FROM kysely_migration)';
const record = (name: string) =>
  `INSERT INTO kysely_migration VALUES ('${name}', '2030-01-01T00:00:00.000Z')`;
const records =
  'CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)';

describe('a database that is not ours stays as it is, and one line says what to do:', () => {
  test.each<[string, RegExp, Parameters<typeof prepare>]>([
    [
      'the tables of the existing service',
      /can't be used: it has tables of another application under our names: events, keyword_mappings, .* Set DB_NAME to an empty database and run npm run import -- --from /,
      ['empty', existingTables],
    ],
    [
      'the same after an earlier build left its empty tables of records',
      /tables of another application/,
      ['empty', existingTables, records],
    ],
    [
      'one table of ours',
      /under our names: seats\. Nothing was written/,
      ['empty', 'CREATE TABLE seats (id int)'],
    ],
    [
      'a view of our name',
      /under our names: events\. Nothing was written/,
      ['empty', 'CREATE VIEW events AS SELECT 1'],
    ],
    [
      'another application that uses Kysely',
      /it has the migrations of another application: 2020-blog\. Nothing/,
      ['empty', records, record('2020-blog')],
    ],
    [
      'our tables without their records',
      /tables of another application/,
      ['migrated', 'DELETE FROM kysely_migration'],
    ],
    [
      'a table of ours that is gone',
      /records its migrations up to .*, but lacks queue_rooms\. Restore a backup/,
      ['migrated', 'DROP TABLE queue_rooms'],
    ],
    [
      'a record in between that is gone',
      /but lacks 0002-reservations\. Restore a backup/,
      ['migrated', "DELETE FROM kysely_migration WHERE name = '0002-reservations'"],
    ],
    [
      'another build, which skipped a migration of ours',
      /another build made it: it has 9999-later and lacks 0\S+\. Start that build/,
      ['migrated', `DELETE FROM kysely_migration WHERE name = ${lastMigration}`, record('9999-later')],
    ],
    [
      'a newer build, which dropped a table of ours',
      /another build made it: it has 9999-later and lacks queue_rooms\. Start that build/,
      ['migrated', 'DROP TABLE queue_rooms', record('9999-later')],
    ],
    [
      'a function of our name, which only the migration itself meets',
      /can't be used: function "\w+" already exists/,
      ['empty', 'CREATE FUNCTION seats_added() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN END$$'],
    ],
  ])('%s', async (_what, line, preparation) => {
    await prepare(...preparation);
    const before = await content();
    const { lines, problem } = await start();
    expect(problem).toBeInstanceOf(DatabaseProblem);
    expect(problem.message).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+, database test_\w+ can't be used: [^\n]+$/,
    );
    expect(problem.message).toMatch(line);
    expect(lines).toEqual([]);
    expect(await content()).toEqual(before);
  });
});

describe('with MIGRATE_ON_START=false', () => {
  test('an empty database stays empty, and one line names the command', async () => {
    await prepare('empty');
    const before = await content();
    const { problem } = await start(false);
    expect(problem.message).toMatch(/can't be used: it lacks 0001-catalogue, .* Run npm run migrate/);
    expect(await content()).toEqual(before);
  });

  test('one that a newer build migrated is used, and one line says so', async () => {
    await prepare('migrated', record('9999-later'));
    expect(await start(false)).toEqual({
      lines: ["the database is newer than this build, which doesn't know 9999-later"],
      problem: undefined,
    });
  });

  test('one that is up to date needs no line', async () => {
    await prepare('migrated');
    expect(await start(false)).toEqual({ lines: [], problem: undefined });
  });
});

test("another application's tables in another schema are no obstacle", async () => {
  await prepare(
    'empty',
    'CREATE SCHEMA other',
    'CREATE TABLE other.events (id int)',
    records.replace('kysely', 'other.kysely'),
  );
  const { lines, problem } = await start();
  expect(problem).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/^database migrated: 0001-catalogue, /)]);
});

test('instances that start at once on an empty database migrate it once', async () => {
  await prepare('empty');
  const instances = Array.from({ length: 4 }, () =>
    createPatientDatabase(database.settings, () => undefined),
  );
  const applied = await Promise.all(instances.map((db) => migrateToLatest(db)));
  await Promise.all(instances.map((db) => db.destroy()));
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(
    database.db,
  );
  expect(applied.filter((names) => names.length > 0)).toEqual([rows.map(({ name }) => name)]);
});

test('a look at an empty database that another instance migrates meanwhile sees it empty', async () => {
  await prepare('empty');
  const other = createPatientDatabase(database.settings, () => undefined);
  let applied: string[] | undefined;
  const migrateInBetween: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      applied ??= await migrateToLatest(other);
      return result;
    },
  };
  const seen = await schemaState(database.db.withPlugin(migrateInBetween));
  await other.destroy();
  expect(seen).toEqual({ pending: applied, newer: [] });
});

test('an instance of an earlier build that is migrating is waited for', async () => {
  await prepare('empty');
  const earlier = createPatientDatabase(database.settings, () => undefined);
  const later = createPatientDatabase(database.settings, () => undefined);
  const written = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  // As earlier builds did it: with Kysely's Migrator.
  const migrator = new Migrator({
    db: earlier,
    provider: {
      getMigrations: async () => ({
        '0001-catalogue': {
          async up(db) {
            await catalogue.up(db);
            written.resolve();
            await goOn.promise;
          },
        },
      }),
    },
  });
  const migrating = migrator.migrateToLatest();
  await written.promise;
  const rest = Promise.allSettled([migrateToLatest(later)]);
  await untilLockWaiters(database.db, 1);
  goOn.resolve();
  expect((await migrating).error).toBeUndefined();
  const [outcome] = await rest;
  await Promise.all([earlier.destroy(), later.destroy()]);
  expect(outcome).toEqual({ status: 'fulfilled', value: expect.arrayContaining(['0002-reservations']) });
});
