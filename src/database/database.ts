import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { DatabaseSettings } from '../config/servers.ts';
import { ConnectionPool, type PoolOptions } from './pool.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';
import { types } from './types.ts';

export type Db = Kysely<Database>;

/** Every wait of a request has a limit, so that a stuck row or a stopped server can't hold up all requests. */
const limits = {
  lock_timeout: 2_000,
  statement_timeout: 5_000,
  idle_in_transaction_session_timeout: 10_000,
};
/** Longer than a statement may take, for a server that doesn't answer at all. */
const QUERY_TIMEOUT_MS = 7_000;
const PUBLIC_QUERY_TIMEOUT_MS = 2_000;
const REPORT_TIMEOUT_MS = 35_000;

type OnSuspect = (error: Error) => void;
/** With a `server`, connections lead there, which may change. */
type PoolSettings = DatabaseSettings & Pick<PoolOptions, 'server'>;

/**
 * The pool of the requests. Every wait has a limit: for a connection, a lock, a statement and an answer. A request that reaches one
 * is answered 503.
 *
 * @param onSuspect is told an error that may concern all connections
 */
export function createRequestPool(settings: PoolSettings, onSuspect: OnSuspect): ConnectionPool {
  return createPool(settings, onSuspect, limits, { query_timeout: QUERY_TIMEOUT_MS });
}

/** The pool of callers without an account, whose statements are short: each gives up after a second. */
export function createPublicPool(settings: PoolSettings, onSuspect: OnSuspect): ConnectionPool {
  const short = { ...limits, lock_timeout: 1_000, statement_timeout: 1_000 };
  return createPool(settings, onSuspect, short, { query_timeout: PUBLIC_QUERY_TIMEOUT_MS });
}

/**
 * The pool of reports and exports, which read whole events: a few connections that may take their time. A report takes one core of
 * PostgreSQL at most. An export waits in its transaction for a client that reads slowly.
 */
export function createReportPool(settings: PoolSettings, onSuspect: OnSuspect): ConnectionPool {
  const long = { ...limits, statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 };
  const planning = { max_parallel_workers_per_gather: 0, jit: 'off', default_transaction_read_only: 'on' };
  return createPool(settings, onSuspect, { ...long, ...planning }, { query_timeout: REPORT_TIMEOUT_MS });
}

/**
 * The pool of the sale engine's lanes. PostgreSQL plans their statements in the first six batches, when the tables may be nearly empty.
 * Without these options it would plan to scan or hash whole tables, and keep that plan for millions of rows.
 *
 * A kept plan is estimated for more rows than a small batch has. With the usual `cpu_operator_cost`, which also counts the work of planning,
 * PostgreSQL would plan for each small batch anew: a third of its work for a lone hold, a quarter in batches of 6.
 *
 * `pipeline` sends a statement before the previous one is answered.
 *
 * A transaction computes for a few ms between its two round trips. An instance that stands still in one keeps its locks for 2.5 s, and those
 * who wait for such a hold wait for 3 s: see shared-expiry.ts.
 */
export function createSalePool(settings: PoolSettings, onSuspect: OnSuspect): ConnectionPool {
  const planning = {
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    jit: 'off',
    cpu_operator_cost: 0.1,
  };
  const session = { ...limits, idle_in_transaction_session_timeout: 2_500, ...planning };
  return createPool(settings, onSuspect, session, { query_timeout: QUERY_TIMEOUT_MS, pipeline: true });
}

/** The pool of the requests, for the query builder. */
export function createDatabase(settings: DatabaseSettings, onSuspect: OnSuspect): Db {
  return databaseOver(createRequestPool(settings, onSuspect));
}

/**
 * A single connection without time limits, for migrations and the seed: an index over millions of rows takes minutes, and an
 * instance that starts beside another one waits for its migration.
 */
export function createPatientDatabase(settings: DatabaseSettings, onSuspect: OnSuspect): Db {
  const unlimited = { lock_timeout: 0, statement_timeout: 0, idle_in_transaction_session_timeout: 0 };
  return databaseOver(createPool({ ...settings, poolSize: 1 }, onSuspect, unlimited, {}));
}

/** Wraps a pool in Kysely, whose `destroy` ends the pool. */
export function databaseOver(pool: pg.Pool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** How to reach PostgreSQL. */
export function connectionOptions(settings: DatabaseSettings): pg.ClientConfig {
  return {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: settings.ssl === 'off' ? false : { rejectUnauthorized: settings.ssl === 'verify' },
    application_name: 'tiketi-ticket-service',
    keepAlive: true,
  };
}

function createPool(
  settings: PoolSettings,
  onSuspect: OnSuspect,
  session: Session,
  options: { query_timeout?: number; pipeline?: boolean },
): ConnectionPool {
  return new ConnectionPool(
    {
      ...connectionOptions(settings),
      server: settings.server,
      max: settings.poolSize,
      connectionTimeoutMillis: 3_000,
      idleTimeoutMillis: 30_000,
      session,
      ...options,
      types,
    } as PoolOptions,
    onSuspect,
  );
}
