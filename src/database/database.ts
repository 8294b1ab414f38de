import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export interface DatabaseSettings {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  ssl: 'off' | 'require' | 'verify';
  poolSize: number;
}

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

/**
 * A pool whose every wait has an end: for a connection, for a lock, for a statement and for an answer that never comes.
 * A request that runs into one of them is answered 503, so that a stuck row or a stopped server can't hold all of them.
 *
 * @param onConnectionError hears of connections that die while nobody is asking them anything
 */
export function createDatabase(settings: DatabaseSettings, onConnectionError: (error: Error) => void): Db {
  return connect(settings, onConnectionError, {
    lock_timeout: 2_000,
    statement_timeout: 5_000,
    query_timeout: 7_000,
    idle_in_transaction_session_timeout: 10_000,
  });
}

/**
 * A single connection without limits of time, for migrations and the seed: an index over millions of rows takes minutes, and
 * an instance that starts beside another waits for its migration.
 */
export function createPatientDatabase(
  settings: DatabaseSettings,
  onConnectionError: (error: Error) => void,
): Db {
  return connect({ ...settings, poolSize: 1 }, onConnectionError, {});
}

function connect(
  settings: DatabaseSettings,
  onConnectionError: (error: Error) => void,
  limits: pg.PoolConfig,
): Db {
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
    ...limits,
  });
  pool.on('error', onConnectionError);
  // A checked-out client between two statements has no listener of the pool's: without this one, a backend that is
  // terminated in mid-transaction would end the process with an unhandled 'error' event.
  pool.on('connect', (client) => client.on('error', onConnectionError));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
