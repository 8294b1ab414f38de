import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { EmbeddedLog } from '../log.ts';
import {
  commandLine,
  describeProcess,
  endLeftover,
  isRunning,
  readProcessRecord,
} from '../process/process-identity.ts';
import {
  freePort,
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
  watch,
} from '../process/supervised.ts';
import { prepareCluster, USER } from './cluster.ts';
import { findHome } from './home.ts';

export interface PostgresServer {
  host: string;
  port: number;
  user: string;
  password: string;
  /** Shuts the server down and waits for its end. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  directory: string;
  /** Settings as in postgresql.conf. */
  settings?: Record<string, string | number>;
  /** The folder is removed when the server ends. */
  temporary?: boolean;
  log: EmbeddedLog;
}

const HOST = '127.0.0.1';
/** Fast shutdown, immediate shutdown, kill. */
const SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

/** Starts a real PostgreSQL on a port of its own. It ends with this process. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { log, settings = {} } = options;
  // PostgreSQL may run as another user, who must be able to enter, whatever the umask is.
  if (mkdirSync(options.directory, { recursive: true })) chmodSync(options.directory, 0o755);
  const home = await findHome(realpathSync(options.directory), log);
  const cluster = join(home.directory, 'cluster');
  const logFile = join(home.directory, 'postgres.log');
  const recordFile = join(home.directory, 'postgres-process.json');

  const leftover = readProcessRecord(recordFile);
  if (leftover) await endLeftover(leftover, SIGNALS);
  await prepareCluster(home, cluster, options.temporary ? ['--no-sync'] : []);
  await removeStalePidFile(join(cluster, 'data'));

  const password = readFileSync(join(cluster, 'password'), 'utf8');
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = await supervise({
      command: home.programs.postgres,
      args: ['-D', join(cluster, 'data'), ...serverSettings(port, settings)],
      directory: home.directory,
      environment: serverEnvironment(),
      ...(home.user && { user: home.user }),
      logFile,
      recordFile,
      signals: SIGNALS,
      patienceMs: 5_000,
      ...(process.platform === 'win32' && {
        stopCommand: [home.programs.pg_ctl, 'stop', '-m', 'fast', '-D', join(cluster, 'data')],
      }),
      ...(options.temporary && { removeDirectory: home.directory }),
    });
    const connection = { host: HOST, port, user: USER, password };
    if (await isReady(server, connection)) {
      log.info(`PostgreSQL: embedded, on port ${port}, its data in ${home.directory}`);
      return { ...connection, stop: watch(server, 'PostgreSQL', logFile, log) };
    }
    // Two problems pass by themselves: a port that was just taken, and backends of a killed server that still hold its memory.
    const reason = lastLines(logFile);
    await server.stop();
    if (attempt === 5 || !/could not bind|in use|already exists/.test(reason))
      throw new Error(`PostgreSQL didn't start. The end of ${logFile}:\n${reason}`);
    await sleep(500);
  }
}

function serverSettings(port: number, settings: Record<string, string | number>): string[] {
  const all = {
    port,
    listen_addresses: HOST,
    unix_socket_directories: '',
    timezone: 'UTC',
    max_connections: 200,
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * PostgreSQL refuses to start while any process of its user has the id in postmaster.pid. After a reboot that may be
 * another program: then this removes the file. If it is PostgreSQL on this folder, from an earlier run, this ends it.
 */
async function removeStalePidFile(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (process.platform === 'win32' || !existsSync(file)) return;
  const record = describeProcess(Number.parseInt(readFileSync(file, 'utf8'), 10));
  if (!isRunning(record)) return;
  const command = commandLine(record.pid);
  if (command.includes('postgres') && command.includes(data)) await endLeftover(record, SIGNALS);
  else rmSync(file);
}

/** Only a server that accepts this cluster's password counts: another one may have taken the port. */
async function isReady(server: Supervised, connection: pg.ClientConfig): Promise<boolean> {
  // After a power cut, PostgreSQL first replays its log.
  const deadline = Date.now() + 60_000;
  while (!server.hasEnded() && Date.now() < deadline) {
    const client = new pg.Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch {
      await sleep(30);
    } finally {
      await client.end().catch(() => {});
    }
  }
  return false;
}
