import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../src/embedded/postgres/postgres.ts';
import { findRedis, type RedisServer, runRedis } from '../../src/embedded/redis/redis.ts';
import { type Parts, parentOf } from './cpu.ts';
import type { Ends } from './ends.ts';
import type { BareCalls } from './processes/bare.ts';
import type { DirectCalls } from './processes/direct.ts';
import type { GeneratorCalls } from './processes/generator.ts';
import type { PlainCalls } from './processes/plain.ts';
import { type Service, startService } from './service.ts';
import { type Calls, startWorker, type Worker } from './worker.ts';

/** As in production: every commit is on the disk before it is answered. */
const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_connections: 200,
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
};

const STATEMENT_SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'all',
};

export interface BedOptions {
  note(line: string): void;
  /** Folder for the CPU profiles of services. With it PostgreSQL counts statements too. */
  profile?: string | undefined;
  /** Settings of PostgreSQL beside the usual ones. */
  settings?: Record<string, string>;
}

/** The servers and processes of a run, all on 127.0.0.1 and its own. */
export interface Bed {
  secret: string;
  /** Leads to PostgreSQL's own database. Services get databases of their own. */
  connection: pg.PoolConfig;
  generator: Worker<GeneratorCalls>;
  plain: Worker<PlainCalls> & { port: number };
  bare: Worker<BareCalls> & { port: number };
  direct: Worker<DirectCalls>;
  redis: RedisServer;
  /** All processes beside the service. Others that use the machine are noise. */
  parts: Parts;
  /**
   * @param environment variables beside those that lead to this bed's PostgreSQL and Redis
   * @param tree another working tree, whose service it is
   */
  startService(database: string, environment?: Record<string, string>, tree?: string): Promise<Service>;
  /** @param name of a file in `processes/` */
  startWorker<C extends Calls>(name: string): Worker<C>;
  /** Starts an empty Redis, beside the one that the services share. */
  startRedis(): Promise<RedisServer>;
}

/** More requests than any user of a run sends. */
const REQUESTS_PER_MINUTE = 1_000_000;

/** @param ends collects what to end, also if the start is interrupted */
export async function makeBed(ends: Ends, { note, profile, settings }: BedOptions): Promise<Bed> {
  const program = findRedis();
  if (!program) throw new Error('The bench needs redis-server or valkey-server on the PATH');
  const directory = mkdtempSync(join(tmpdir(), 'tiketi-bench-'));
  chmodSync(directory, 0o755); // PostgreSQL may have to run as another user
  ends.add(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  const log = { info: () => undefined, warn: note, error: note };

  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    temporary: true,
    settings: { ...POSTGRES_SETTINGS, ...settings, ...(profile && STATEMENT_SETTINGS) },
    log,
  });
  ends.add(() => postgres.stop());
  let redisServers = 0;
  async function startRedis(): Promise<RedisServer> {
    const folder = join(directory, `redis-${++redisServers}`);
    const server = await runRedis(program as string, { directory: folder, persistent: false, log });
    ends.add(() => server.stop());
    return server;
  }
  const redis = await startRedis();

  const { host, port, user, password } = postgres;
  const connection = { host, port, user, password, database: 'postgres' };
  const secret = randomBytes(48).toString('base64url');
  function worker<C extends Calls>(name: string): Worker<C> {
    const started = startWorker<C>(
      new URL(`./processes/${name}.ts`, import.meta.url),
      join(directory, `${name}.log`),
    );
    ends.add(() => started.stop());
    return started;
  }
  const generator = worker<GeneratorCalls>('generator');
  const direct = worker<DirectCalls>('direct');
  const bare = worker<BareCalls>('bare');
  const plain = worker<PlainCalls>('plain');
  const { port: plainPort } = await plain.call('listen', { secret });
  const { port: barePort } = await bare.call('listen', { secret, requestsPerMinute: REQUESTS_PER_MINUTE });

  return {
    secret,
    connection,
    generator,
    direct,
    plain: { ...plain, port: plainPort },
    bare: { ...bare, port: barePort },
    redis,
    parts: {
      ...{ postgres: await postmaster(connection), redis: redis.pid, generator: generator.pid },
      ...{ plain: plain.pid, bare: bare.pid, direct: direct.pid },
    },
    startService: (database, environment = {}, tree = undefined) =>
      startService(ends, {
        directory,
        connection: { ...connection, database },
        tree,
        profile,
        environment: {
          ...leadingTo(redis),
          JWT_SECRET: secret,
          REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
          // All readers have one address here.
          LARGE_ANSWERS_MB_PER_SECOND: '0',
          ...environment,
        },
      }),
    startWorker: worker,
    startRedis,
  };
}

function leadingTo({ host, port }: RedisServer): Record<string, string> {
  return { REDIS_HOST: host, REDIS_PORT: String(port) };
}

async function postmaster(connection: pg.PoolConfig): Promise<number> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return parentOf((rows[0] as { pid: number }).pid);
  } catch {
    return 0; // no /proc here: the table goes without CPU shares
  } finally {
    await client.end();
  }
}
