import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort, serverEnvironment } from '../../src/embedded/process/supervised.ts';
import type { Ends } from './ends.ts';
import { endProcess } from './worker.ts';

/** The service as it ships, in a process of its own, on a database of its own. */
export interface Service {
  pid: number;
  port: number;
  /** For the bench itself, beside the service's own connections. */
  pool: pg.Pool;
  /** Folder with a socket for the meter of each process. */
  meters: string;
  stop(): Promise<void>;
}

interface ServiceOptions {
  /** For its log. */
  directory: string;
  connection: pg.PoolConfig;
  environment: Record<string, string>;
  /** Another working tree, whose service it is. */
  tree: string | undefined;
  /** Folder for its CPU profile. */
  profile: string | undefined;
}

const METER = fileURLToPath(new URL('processes/meter.ts', import.meta.url));
const TREE = fileURLToPath(new URL('../..', import.meta.url));
/** In production the metrics need one. */
export const METRICS_TOKEN = 'metrics-of-the-bench-service-0123456789';
const READY_WITHIN_MS = 60_000;
const DUPLICATE_DATABASE = '42P04';

/** Creates the database unless another instance has. The service brings its schema. */
export async function startService(ends: Ends, options: ServiceOptions): Promise<Service> {
  const { connection, directory, environment, tree = TREE, profile } = options;
  const { database } = connection;
  await createDatabase(connection);
  const port = await freePort();
  const logFile = join(directory, `${database}.log`);
  const log = openSync(logFile, 'a');
  const meters = mkdtempSync(join(directory, 'meters-'));
  const profiling = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${database}.cpuprofile`]
    : [];
  const child = spawn(process.execPath, [...profiling, '--import', METER, join(tree, 'src/server.ts')], {
    stdio: ['ignore', log, log],
    // A group of its own, because Ctrl-C must reach only the bench, which ends its processes in order.
    detached: true,
    env: {
      ...serverEnvironment(),
      ...(process.env.NODE_OPTIONS && { NODE_OPTIONS: process.env.NODE_OPTIONS }),
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'info',
      DB_HOST: String(connection.host),
      DB_PORT: String(connection.port),
      DB_NAME: String(database),
      DB_USER: String(connection.user),
      DB_PASSWORD: String(connection.password),
      REDIS_PREFIX: String(database),
      ...environment,
      METRICS_TOKEN,
      BENCH_METERS: meters,
    },
  });
  closeSync(log);
  const pool = new pg.Pool({ ...connection, max: 4 });
  pool.on('error', () => undefined);
  let ended = false;
  const stop = async () => {
    if (ended) return;
    ended = true;
    await endProcess(child);
    await pool.end();
  };
  ends.add(stop);
  await untilReady(child, port, logFile);
  return { pid: child.pid as number, port, pool, meters, stop };
}

async function createDatabase(connection: pg.PoolConfig): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${connection.database}`);
  } catch (error) {
    if ((error as pg.DatabaseError).code !== DUPLICATE_DATABASE) throw error;
  } finally {
    await client.end();
  }
}

async function untilReady(child: ChildProcess, port: number, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (ready?.ok) return;
    await sleep(50);
  }
  throw new Error(`The service didn't start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
}
