import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { startPostgres } from '../../../src/embedded/postgres/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { log, throwAway } from '../../support/global-setup.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { eventually } from '../../support/wait.ts';
import type { PostgresState } from './matrix.ts';
import type { Fault } from './observe.ts';

const TABLES = 'events, seats, event_seats, ticket_types, reservations, reservation_items';

/** Brings about each state of PostgreSQL. */
export const postgresFaults: Record<PostgresState, () => Promise<Fault>> = {
  gone: () =>
    behindProxy(
      (proxy) => proxy.cut(),
      (proxy) => proxy.restore(),
    ),
  stalled: () =>
    behindProxy(
      async (proxy) => proxy.stall(),
      async (proxy) => proxy.resume(),
    ),
  refusing: () => byRole('NOLOGIN', 'LOGIN'),
  'out of connections': () => byRole('CONNECTION LIMIT 0', 'CONNECTION LIMIT -1'),
  'read-only': () =>
    byRole('SET default_transaction_read_only = on', 'RESET default_transaction_read_only', {
      endsAll: true,
    }),
  'switched over': () =>
    byRole('SET default_transaction_read_only = on', 'RESET default_transaction_read_only'),
  slow: lockedTables,
  full: fullDisk,
  recovering: crashRecovery,
};

async function behindProxy(
  begin: (proxy: TcpProxy) => Promise<void>,
  end: (proxy: TcpProxy) => Promise<void>,
): Promise<Fault> {
  const database = await createTestDatabase();
  const proxy = await startProxy(database.settings);
  return {
    options: { database: { ...database, settings: { ...database.settings, port: proxy.port } } },
    begin: () => begin(proxy),
    end: () => end(proxy),
    close: proxy.close,
  };
}

/** @param endsAll terminates the backends of the role at the end too */
async function byRole(begin: string, end: string, { endsAll = false } = {}): Promise<Fault> {
  const database = await createTestDatabase({ ownRole: true });
  const { user } = database.settings;
  const alter = (change: string) => sql.raw(`ALTER ROLE ${user} ${change}`).execute(database.db);
  async function terminate(): Promise<void> {
    // All at once: with a wait for each, statements would fail and succeed in turns meanwhile.
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${user}`.execute(
      database.db,
    );
    await sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = ${user}`.execute(
      database.db,
    );
  }
  return {
    options: { database },
    async begin() {
      await alter(begin);
      await terminate();
    },
    async end() {
      await alter(end);
      if (endsAll) await terminate();
    },
  };
}

async function lockedTables(): Promise<Fault> {
  const database = await createTestDatabase();
  // Not of the pool, which ends transactions that idle for long.
  const locker = new pg.Client({ ...inject('postgres'), database: database.settings.database });
  locker.on('error', () => {});
  await locker.connect();
  return {
    options: { database },
    async begin() {
      await locker.query('BEGIN');
      await locker.query(`LOCK TABLE ${TABLES} IN ACCESS EXCLUSIVE MODE`);
    },
    end: () => locker.query('ROLLBACK'),
    close: () => locker.end(),
  };
}

async function fullDisk(): Promise<Fault> {
  const database = await createTestDatabase({ ownRole: true });
  const { db } = database;
  const onEachTable = async (statement: (table: string) => string) => {
    const { rows } = await sql<{ tablename: string }>`
      SELECT tablename FROM pg_tables WHERE schemaname = 'public'`.execute(db);
    // Not in one transaction: it would keep the lock of each table, and meet the sweeps in a deadlock.
    for (const { tablename } of rows) await sql.raw(statement(tablename)).execute(db);
  };
  return {
    options: { database },
    async begin() {
      await sql`
        CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
        END $$`.execute(db);
      await onEachTable(
        (table) => `CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE OR DELETE ON ${table} FOR EACH STATEMENT
          WHEN (current_user = '${database.settings.user}') EXECUTE FUNCTION disk_full()`,
      );
    },
    end: () => onEachTable((table) => `DROP TRIGGER disk_full ON ${table}`),
  };
}

/**
 * The server ends all of its backends when one crashes, and waits for them before it recovers: up to 5 seconds for one that is stopped.
 */
async function crashRecovery(): Promise<Fault> {
  const directory = mkdtempSync(join(tmpdir(), 'tiketi-test-postgres-'));
  // PostgreSQL may run as another user.
  chmodSync(directory, 0o755);
  const server = await startPostgres({
    directory,
    // What was committed outlives the crash.
    settings: { ...throwAway, synchronous_commit: 'on', max_connections: 50 },
    temporary: true,
    log,
  });
  const database: TestDatabase = await createTestDatabase({ server });
  const session = async () => {
    const client = new pg.Client({ ...server, database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid as number;
  };
  const [crashed, stopped] = [await session(), await session()];
  return {
    options: { database },
    async begin() {
      process.kill(stopped, 'SIGSTOP');
      process.kill(crashed, 'SIGKILL');
      await eventually(() => expect(session()).rejects.toMatchObject({ code: '57P03' }));
    },
    async end() {
      try {
        process.kill(stopped, 'SIGCONT');
      } catch {
        // The 5 seconds are up.
      }
      await eventually(session);
    },
    close: server.stop,
  };
}
