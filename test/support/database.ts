import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseSettings } from '../../src/config/servers.ts';
import { createDatabase, type Db } from '../../src/database/database.ts';
import { migrateToLatest } from '../../src/database/migrate.ts';
import type { TestPostgres } from './global-setup.ts';

export interface TestDatabase {
  /** For the service under test. */
  settings: DatabaseSettings;
  /** For the test itself: a pool beside the service's. */
  db: Db;
  /** Deletes every row but the migrations', which is faster than a new database. */
  clear(): Promise<void>;
  drop(): Promise<void>;
}

interface TestDatabaseOptions {
  poolSize?: number;
  /** The database to clone. */
  template?: string;
  /** The service logs in as a plain role of its own, to which every limit applies. The test's own pool stays a superuser's. */
  ownRole?: boolean;
  /** Another server than the one that all test files share. Its databases are migrated instead of cloned. */
  server?: TestPostgres;
}

/** A database of this test file's own, migrated and without rows. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { poolSize = 20, ownRole = false, template = 'tiketi_template' } = options;
  const server = options.server ?? inject('postgres');
  const database = `test_${randomBytes(6).toString('hex')}`;
  const administer = (statement: string) => administerOn(server, statement);
  // Copied as files, and not through the log, which takes twice as long: without fsync, its two checkpoints are quick.
  const source = options.server ? '' : ` TEMPLATE ${template} STRATEGY FILE_COPY`;
  await administer(`CREATE DATABASE ${database}${source}`);
  const settings: DatabaseSettings = { ...server, database, ssl: 'off', poolSize };
  const db = createDatabase(settings, () => {});
  if (options.server) await migrateToLatest(db);
  const login = ownRole ? await createRole(db, `${database}_service`) : {};
  return {
    settings: { ...settings, ...login },
    db,
    async clear() {
      // The audit log refuses to lose entries. The state of the outbox is one row, which stays.
      const { rows } = await sql<{ names: string }>`
        SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT LIKE 'kysely%' AND tablename NOT IN ('audit_log', 'outbox_state')`.execute(
        db,
      );
      await sql.raw(`TRUNCATE ${rows[0]?.names}`).execute(db);
    },
    async drop() {
      await db.destroy();
      await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      if (login.user) await administer(`DROP ROLE ${login.user}`);
    },
  };
}

/** @returns the login of a new role that may do in this database what its owner may */
async function createRole(db: Db, user: string): Promise<{ user?: string; password?: string }> {
  const password = randomBytes(12).toString('hex');
  await sql.raw(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`).execute(db);
  await sql.raw(`GRANT ALL ON SCHEMA public TO ${user}`).execute(db);
  for (const kind of ['TABLES', 'SEQUENCES', 'ROUTINES'])
    await sql.raw(`GRANT ALL ON ALL ${kind} IN SCHEMA public TO ${user}`).execute(db);
  return { user, password };
}

/** By the port of the server. A file makes several databases, and each connection takes 6 ms of processor time. */
const administrations = new Map<number, pg.Pool>();

async function administerOn(server: TestPostgres, statement: string): Promise<void> {
  let pool = administrations.get(server.port);
  if (!pool) {
    pool = new pg.Pool({ ...server, database: 'postgres', idleTimeoutMillis: 0, allowExitOnIdle: true });
    // A test may end all connections, and the server ends before this process.
    pool.on('error', () => undefined);
    administrations.set(server.port, pool);
  }
  await pool.query(statement);
}
