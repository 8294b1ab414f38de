import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import pg from 'pg';
import type { Config } from '../config/config.ts';
import type { DatabaseSettings, RedisSettings } from '../config/servers.ts';
import { connectionOptions } from '../database/database.ts';
import { isPooled } from '../database/pooler.ts';
import { settingsOfPrimary } from '../database/primary.ts';
import { SolvableError } from '../errors/solvable.ts';

interface Backends {
  database: DatabaseSettings;
  redis: RedisSettings | Redis;
}

/** Variables that say more about a configured server. An embedded one has no TLS, user or password of theirs. */
const OF_DATABASE = { DB_SSL: '', DATABASE_READ_URL: '', DB_READ_HOST: '' };
const OF_REDIS = { REDIS_USERNAME: '', REDIS_PASSWORD: '', REDIS_DB: '', REDIS_TLS: '' };

/**
 * Leads workers to the embedded servers of the primary, which also has migrated the database.
 *
 * @returns environment variables
 * @throws SolvableError if Redis is inside the process of the primary
 */
export function workerEnvironment(config: Config, { database, redis }: Backends): Record<string, string> {
  if ('status' in redis)
    throw new SolvableError(
      'with WORKERS above 1 the workers share a Redis: install redis-server, set REDIS_HOST, or set WORKERS=1',
    );
  const { host, port, user, password } = database;
  return {
    ...(!config.database && {
      ...OF_DATABASE,
      DATABASE_URL: `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database.database}`,
    }),
    ...(!config.redis && { ...OF_REDIS, REDIS_URL: `redis://${redis.host}:${redis.port}` }),
    MIGRATE_ON_START: 'false',
  };
}

/** Each worker has connections of its own, which PostgreSQL may not have when all of them are needed. */
export async function warnOfConnections(
  database: DatabaseSettings,
  workers: number,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Promise<void> {
  const client = new pg.Client(connectionOptions(await settingsOfPrimary(database)));
  client.on('error', () => undefined);
  await client.connect();
  try {
    // A pooler has limits of its own.
    if (await isPooled(client)) return;
    const { rows } = await client.query<{ available: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS available`,
    );
    const available = rows[0]?.available ?? 0;
    const wanted = workers * database.poolSize;
    if (wanted > available)
      log.warn(
        `${workers} workers with DB_POOL_SIZE=${database.poolSize} may open ${wanted} connections, and PostgreSQL has ${available}: ` +
          'lower DB_POOL_SIZE, or raise max_connections',
      );
  } finally {
    await client.end();
  }
}
