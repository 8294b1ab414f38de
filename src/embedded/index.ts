import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { EmbeddedLog } from './log.ts';
import { type PostgresServer, startPostgres } from './postgres/postgres.ts';
import { lockFolder } from './process/folder-lock.ts';
import { type RedisServer, startRedis } from './redis/redis.ts';

export interface EmbeddedOptions {
  dataDirectory: string;
  needPostgres: boolean;
  needRedis: boolean;
  log: EmbeddedLog;
}

export interface PostgresConnection {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
}

/** `mock`: this machine has no Redis, so use `createMockRedis()` of mock-redis.ts. */
export type RedisConnection = { kind: 'server'; host: string; port: number } | { kind: 'mock' };

export interface Embedded {
  postgres?: PostgresConnection;
  redis?: RedisConnection;
  /** Ends the servers that were started, in order. */
  stop(): Promise<void>;
}

const DATABASE = 'tiketi';

/**
 * Starts PostgreSQL, and Redis if this machine has one. Both end with this process, however it ends, and the folder keeps
 * their data.
 *
 * @throws FolderInUseError if another process works on the folder
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { log } = options;
  mkdirSync(options.dataDirectory, { recursive: true });
  const directory = realpathSync(options.dataDirectory);
  const unlock = await lockFolder(directory);

  const starting = {
    postgres: options.needPostgres ? startWithDatabase(join(directory, 'postgres'), log) : undefined,
    redis: options.needRedis ? startRedis({ directory: join(directory, 'redis'), log }) : undefined,
  };
  const stop = async () => {
    const servers = await Promise.allSettled([starting.postgres, starting.redis]);
    await Promise.all(
      servers.map((server) => (server.status === 'fulfilled' ? server.value?.stop() : undefined)),
    );
    unlock();
  };

  try {
    const [postgres, redis] = await Promise.all([starting.postgres, starting.redis]);
    return {
      ...(postgres && { postgres: connectionOf(postgres) }),
      ...(options.needRedis && { redis: redisConnectionOf(redis) }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startWithDatabase(directory: string, log: EmbeddedLog): Promise<PostgresServer> {
  const server = await startPostgres({ directory, log });
  try {
    await createDatabaseIfMissing(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function createDatabaseIfMissing(server: PostgresServer): Promise<void> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function connectionOf({ host, port, user, password }: PostgresServer): PostgresConnection {
  return { host, port, database: DATABASE, user, password };
}

function redisConnectionOf(redis: RedisServer | null | undefined): RedisConnection {
  return redis ? { kind: 'server', host: redis.host, port: redis.port } : { kind: 'mock' };
}
