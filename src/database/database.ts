import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DatabaseSettings } from '../config/config.ts';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;

const { builtins } = pg.types;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a JSON number`);
  return value;
}

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString()],
  [builtins.INT8, safeInteger],
]);

const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) ||
    pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

const limits = {
  lock_timeout: 2_000,
  statement_timeout: 5_000,
  query_timeout: 7_000,
  idle_in_transaction_session_timeout: 10_000,
};

/**
 * The pool of the requests. Every wait has a limit: for a connection, a lock, a statement and an answer. A request that reaches one
 * is answered 503, so that a stuck row or a stopped server can't hold up all requests.
 *
 * @param onConnectionError called when an idle connection breaks
 */
export function createDatabase(settings: DatabaseSettings, onConnectionError: (error: Error) => void): Db {
  return databaseOver(connect(settings, onConnectionError, limits));
}

/**
 * The pool of the sale engine's lanes. Their statements are prepared once, at the first sale, when the tables may be nearly empty.
 * Without these options PostgreSQL would plan to scan or hash whole tables, and keep that plan for millions of rows.
 * `pipeline` sends a statement before the previous one is answered.
 */
export function createSalePool(
  settings: DatabaseSettings,
  onConnectionError: (error: Error) => void,
): pg.Pool {
  return connect(settings, onConnectionError, {
    ...limits,
    pipeline: true,
    options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off',
  } as pg.PoolConfig);
}

/**
 * A single connection without time limits, for migrations and the seed: an index over millions of rows takes minutes, and an
 * instance that starts beside another one waits for its migration.
 */
export function createPatientDatabase(
  settings: DatabaseSettings,
  onConnectionError: (error: Error) => void,
): Db {
  return databaseOver(connect({ ...settings, poolSize: 1 }, onConnectionError, {}));
}

function connect(
  settings: DatabaseSettings,
  onConnectionError: (error: Error) => void,
  more: pg.PoolConfig,
): pg.Pool {
  const pool = new pg.Pool({
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: settings.ssl === 'off' ? false : { rejectUnauthorized: settings.ssl === 'verify' },
    max: settings.poolSize,
    application_name: 'tiketi-ticket-service',
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types,
    ...more,
  });
  pool.on('error', onConnectionError);
  // The pool doesn't listen to a client that is checked out. Without this listener, a connection that breaks between two statements
  // of a transaction would end the process with an unhandled 'error' event.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  return pool;
}

/** Wraps a pool in Kysely, whose `destroy` ends the pool. */
function databaseOver(pool: pg.Pool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
