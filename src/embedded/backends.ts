import { resolve } from 'node:path';
import type { Redis } from 'ioredis';
import type { Config } from '../config/config.ts';
import type { DatabaseSettings, RedisSettings } from '../config/servers.ts';
import type { Address } from '../config/variable.ts';
import { createPatientDatabase } from '../database/database.ts';
import { addressOf } from '../database/problem.ts';
import type { Embedded, PostgresConnection, RedisConnection } from './index.ts';
import type { EmbeddedLog } from './log.ts';

export interface AvailableBackends {
  database: DatabaseSettings;
  redis: RedisSettings | Redis;
  /** Ends the embedded servers. */
  stop(): Promise<void>;
  /** Addresses and commands for the person at the terminal; not in production. */
  banner?: (origin: string) => string;
}

/**
 * The configured PostgreSQL and Redis, and an embedded server in place of each that isn't configured. An embedded
 * PostgreSQL is migrated and has demo data.
 *
 * The code of the embedded servers is imported only when needed: the production image contains neither it nor them.
 *
 * @throws FolderInUseError if another process works on DATA_DIR
 */
export async function findBackends(config: Config, log: EmbeddedLog): Promise<AvailableBackends> {
  const { database, redis } = config;
  if (database) log.info(`PostgreSQL: ${addressOf(database)}, database ${database.database}`);
  if (redis) log.info(`Redis: ${describeRedis(redis)}`);
  if (database && redis) {
    const configured = { database, redis, stop: async () => undefined };
    return config.production ? configured : { ...configured, banner: (origin) => banner(origin, config, []) };
  }

  const { startEmbedded } = await import('./index.ts');
  const embedded = await startEmbedded({
    dataDirectory: config.dataDirectory,
    needPostgres: !database,
    needRedis: !redis,
    log,
  });
  try {
    return {
      database:
        database ?? (await withDemoData(settingsOf(embedded.postgres as PostgresConnection, config), log)),
      redis: redis ?? (await embeddedRedis(embedded.redis as RedisConnection)),
      stop: embedded.stop,
      banner: (origin) => banner(origin, config, whereDataIs(config, embedded)),
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** How to connect to the embedded PostgreSQL. */
export function settingsOf(
  connection: PostgresConnection,
  config: Pick<Config, 'databasePoolSize'>,
): DatabaseSettings {
  return { ...connection, ssl: 'off', poolSize: config.databasePoolSize };
}

async function withDemoData(database: DatabaseSettings, log: EmbeddedLog): Promise<DatabaseSettings> {
  const [{ migrateToLatest }, { problemOf }, { describe, seed }] = await Promise.all([
    import('../database/migrate.ts'),
    import('../database/problem.ts'),
    import('../database/seed.ts'),
  ]);
  const db = createPatientDatabase(database, (error) => log.warn(error.message));
  try {
    const applied = await migrateToLatest(db);
    if (applied.length > 0) log.info(`Migrations: ${applied.join(', ')} applied`);
    log.info(describe(await seed(db)));
  } catch (error) {
    throw problemOf(error, database) ?? error;
  } finally {
    await db.destroy();
  }
  return database;
}

async function embeddedRedis(connection: RedisConnection): Promise<RedisSettings | Redis> {
  if (connection.kind === 'server') {
    const { host, port } = connection;
    return {
      host,
      port,
      username: undefined,
      password: undefined,
      database: 0,
      tls: false,
      sentinel: undefined,
      cluster: undefined,
    };
  }
  const { createMockRedis } = await import('./redis/mock-redis.ts');
  return createMockRedis();
}

function whereDataIs({ dataDirectory }: Config, { postgres, redis }: Embedded): string[] {
  const kept = [...(postgres ? ['PostgreSQL'] : []), ...(redis?.kind === 'server' ? ['Redis'] : [])];
  return [
    ...(kept.length > 0 ? [`${kept.join(' and ')}, embedded, in ${resolve(dataDirectory)}`] : []),
    ...(redis?.kind === 'mock' ? ['Redis, embedded, in the memory of this process'] : []),
  ];
}

/** @param data one line per place where an embedded server keeps its data */
function banner(origin: string, { web, dataDirectory }: Config, data: string[]): string {
  const stops = data.length > 0 ? 'Ctrl-C, which also stops the embedded servers' : 'Ctrl-C';
  const lines = [
    `Tiketi Ticket Service at ${origin}`,
    '',
    ...(web.boxOffice ? [`Box office    ${origin}`] : []),
    ...(web.console ? [`Control room  ${origin}/console`] : []),
    `API           ${origin}/docs`,
    `Events        curl '${origin}/api/v1/events?status=on_sale'`,
    `A token       ${tokenCommand(dataDirectory)}`,
    ...data.map((line) => `Data          ${line}`),
    `Stop          ${stops}`,
  ];
  return `\n${lines.map((line) => (line ? `  ${line}` : line)).join('\n')}\n\n`;
}

/** The command signs with the secret of its own environment. */
function tokenCommand(dataDirectory: string): string {
  const command = 'npm run -s token -- --role user';
  if (process.env.JWT_SECRET) return `JWT_SECRET=… ${command}`;
  return dataDirectory === '.data' ? command : `DATA_DIR=${dataDirectory} ${command}`;
}

function describeRedis({ host, port, sentinel, cluster }: RedisSettings): string {
  const list = (addresses: Address[]) => addresses.map((each) => `${each.host}:${each.port}`).join(', ');
  if (cluster) return `the cluster of ${list(cluster)}`;
  if (sentinel) return `${sentinel.master}, named by the Sentinels ${list(sentinel.addresses)}`;
  return `${host}:${port}`;
}
