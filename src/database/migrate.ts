import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { FileMigrationProvider, type Migration } from 'kysely/migration';
import type { Db } from './database.ts';
import { inspectSchema, type SchemaState } from './first-meeting.ts';

const provider = new FileMigrationProvider({
  fs,
  path,
  migrationFolder: fileURLToPath(new URL('../../migrations', import.meta.url)),
  // By URL, because Windows can't import an absolute path.
  import: (file) => import(pathToFileURL(file).href),
});

/** That of Kysely's own Migrator, with which earlier builds migrate: one of them may start beside this one. */
const LOCK = '3853314791062309107';

/**
 * What the database lacks, and what it has beyond this build. Writes nothing. All of it is read from one snapshot: another instance may
 * commit its migration between two statements, and its tables without their records look like another application's.
 */
export async function schemaState(db: Db): Promise<SchemaState> {
  const known = Object.keys(await provider.getMigrations()).sort();
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((trx) => inspectSchema(trx, known));
}

/**
 * Brings the database to the newest schema, or does nothing when it is already there. Any number of instances may start at once: they
 * take turns.
 *
 * Everything is one transaction, the table of records included. Kysely's Migrator makes its tables before it begins one, and would
 * leave them behind in a database that turns out to be another application's.
 *
 * @returns the names of the migrations that this call applied
 * @throws what the failing migration threw, and then nothing was changed
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const migrations = await provider.getMigrations();
  return await db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(trx);
      const { pending } = await inspectSchema(trx, Object.keys(migrations).sort());
      if (pending.length > 0) await createRecords(trx);
      for (const name of pending) {
        await (migrations[name] as Migration).up(trx);
        await sql`INSERT INTO kysely_migration VALUES (${name}, ${new Date().toISOString()})`.execute(trx);
      }
      return pending;
    });
}

/** The table is the one that Kysely's own Migrator reads and writes. */
async function createRecords(trx: Db): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS kysely_migration (
      name varchar(255) PRIMARY KEY,
      timestamp varchar(255) NOT NULL
    )`.execute(trx);
}
