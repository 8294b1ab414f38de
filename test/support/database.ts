import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { createDatabase, type Db } from '../../src/database/database.ts';

export interface TestDatabase {
  /** For the service under test. */
  settings: DatabaseSettings;
  /** For the test itself: a pool beside the service's. */
  db: Db;
  /** Deletes every row but the migrations', which is faster than a new database. */
  clear(): Promise<void>;
  drop(): Promise<void>;
}

/** A database of this test file's own, migrated and without rows. */
export async function createTestDatabase({
  poolSize = 20,
  template = 'tiketi_template',
} = {}): Promise<TestDatabase> {
  const database = `test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  const settings: DatabaseSettings = { ...inject('postgres'), database, ssl: 'off', poolSize };
  const db = createDatabase(settings, () => {});
  return {
    settings,
    db,
    async clear() {
      const { rows } = await sql<{ names: string }>`
        SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT LIKE 'kysely%'`.execute(db);
      await sql.raw(`TRUNCATE ${rows[0]?.names}`).execute(db);
    },
    async drop() {
      await db.destroy();
      await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ ...inject('postgres'), database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
