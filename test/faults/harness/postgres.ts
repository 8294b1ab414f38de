import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { prepareCluster, USER } from '../../../src/embedded/postgres/cluster.ts';
import { findHome } from '../../../src/embedded/postgres/home.ts';
import {
  freePort,
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
} from '../../../src/embedded/process/supervised.ts';

/** A PostgreSQL that can be broken, and restarts on the same port with the same data. */
export interface BreakablePostgres {
  connection: { host: string; port: number; user: string; password: string; database: string };
  /** SIGQUIT is an immediate end, as a crash, and the next start recovers. SIGINT is a fast end, which closes the connections first. */
  end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Every commit is on the disk before it is answered, or else a crash would prove nothing. */
const SETTINGS = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'shared_buffers=128MB',
  'max_connections=100',
];
const READY_WITHIN_MS = 30_000;

export async function startBreakablePostgres(directory: string): Promise<BreakablePostgres> {
  const home = await findHome(directory, {
    info: () => undefined,
    warn: () => undefined,
    error: console.error,
  });
  const cluster = join(home.directory, 'cluster');
  await prepareCluster(home, cluster, ['--no-sync']);
  const password = readFileSync(join(cluster, 'password'), 'utf8');
  const port = await freePort();
  const connection = { host: '127.0.0.1', port, user: USER, password, database: 'postgres' };
  const logFile = join(home.directory, 'postgres.log');
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...SETTINGS];
  let server: Supervised | undefined;

  async function start(): Promise<void> {
    server = await supervise({
      command: home.programs.postgres,
      args: ['-D', join(cluster, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      directory: home.directory,
      environment: serverEnvironment(),
      ...(home.user && { user: home.user }),
      logFile,
      recordFile: join(home.directory, 'postgres-process.json'),
      signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
      patienceMs: 5_000,
    });
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await answers(connection))) {
      if (server.hasEnded() || Date.now() > deadline)
        throw new Error(`PostgreSQL didn't start:\n${lastLines(logFile)}`);
      await sleep(20);
    }
  }

  await start();
  return {
    connection,
    start,
    async end(signal) {
      if (!server) return;
      process.kill(server.pid, signal);
      await server.ended;
    },
    async stop() {
      await server?.stop();
    },
  };
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
