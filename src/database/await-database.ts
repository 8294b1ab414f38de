import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { DatabaseSettings } from '../config/servers.ts';
import { connectionOptions, createDatabase, createPatientDatabase, type Db } from './database.ts';
import { SchemaError } from './first-meeting.ts';
import { ReadOnlyError } from './health.ts';
import { migrateToLatest, schemaState } from './migrate.ts';
import { poolerAt } from './pooler.ts';
import { settingsOfPrimary } from './primary.ts';
import { problemOf } from './problem.ts';

/** A pino logger is one. */
interface Log {
  info(message: string): void;
  warn(message: string): void;
}

const LOOK_AGAIN_MS = 1_000;

/**
 * Waits until PostgreSQL can do what selling needs, and migrates it. A server that is down, starts, is full, read-only or out of
 * connections passes by itself. The log says once why the service waits, once for each other reason, and once that it goes on.
 *
 * @param migrate false: the schema is expected to be up to date
 * @throws DatabaseProblem for what a person must mend
 */
export async function awaitDatabase(settings: DatabaseSettings, migrate: boolean, log: Log): Promise<void> {
  const said = new Set<string>();
  for (;;) {
    try {
      const primary = await settingsOfPrimary(settings);
      await prepare(primary, migrate, log);
      await describePooler(primary, log);
      if (said.size > 0) log.info('PostgreSQL can be used: the start goes on');
      return;
    } catch (error) {
      const problem = problemOf(error, settings);
      if (!problem?.passes) throw problem ?? error;
      if (!said.has(problem.reason)) log.warn(`${problem.message}; the start waits for it`);
      said.add(problem.reason);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

async function prepare(settings: DatabaseSettings, migrate: boolean, log: Log): Promise<void> {
  const { pending, newer } = await using(createDatabase, settings, look);
  if (newer.length > 0) {
    log.warn(`the database is newer than this build, which doesn't know ${newer.join(', ')}`);
  }
  if (pending.length === 0) return;
  if (!migrate) {
    throw new SchemaError(
      `it lacks ${pending.join(', ')}. Run npm run migrate, or start with MIGRATE_ON_START=true`,
    );
  }
  // Without time limits: another instance may be migrating, and an index over millions of rows takes minutes.
  const applied = await using(createPatientDatabase, settings, migrateToLatest);
  if (applied.length > 0) log.info(`database migrated: ${applied.join(', ')} applied`);
}

/** A pooler in session mode needs no word: everything is as without it. */
async function describePooler(settings: DatabaseSettings, log: Log): Promise<void> {
  const pooler = await poolerAt(connectionOptions(settings));
  if (!pooler) return;
  const mode =
    'PostgreSQL is behind a pooler in transaction mode: each transaction brings its settings along';
  if (pooler.preparesStatements) log.info(mode);
  else
    log.warn(
      `${mode}, and PostgreSQL plans each statement anew. To spare it that, set max_prepared_statements of PgBouncer 1.21 or later, or pool_mode=session`,
    );
}

/** Reads only, and each step has a time limit: a server that stalls is asked again. */
async function look(db: Db) {
  const { rows } = await sql<{ readOnly: boolean }>`
    SELECT current_setting('transaction_read_only')::boolean AS "readOnly"`.execute(db);
  if (rows[0]?.readOnly) throw new ReadOnlyError('its sessions are read-only');
  return await schemaState(db);
}

/** Broken connections are not logged: whichever statement was running throws as well. */
async function using<T>(
  open: typeof createDatabase,
  settings: DatabaseSettings,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  const db = open({ ...settings, poolSize: 1 }, () => undefined);
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}
