import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Home } from '../../../src/embedded/postgres/home.ts';
import {
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
} from '../../../src/embedded/process/supervised.ts';

export interface Connection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** One PostgreSQL of a pair. It restarts on the same port with the same data. */
export interface PostgresServer {
  connection: Connection;
  start(): Promise<void>;
  /** SIGQUIT is an immediate end, as a crash, and the next start recovers. SIGINT is a fast end, which closes the connections first. */
  end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void>;
  /** Resolves when it has ended by itself. */
  ended(): Promise<void>;
  stop(): Promise<void>;
  /** Makes it the other one's standby, from its next start until it is promoted. */
  becomeStandby(): void;
  /** Runs statements on a connection of their own. */
  run(...statements: string[]): Promise<Record<string, unknown>[]>;
}

/** A commit is on the disk before it is answered, or else a crash would prove nothing. */
const SETTINGS = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'shared_buffers=128MB',
  'max_connections=100',
  'wal_keep_size=512MB',
  // How often a standby looks for its primary: 5 s by default.
  'wal_retrieve_retry_interval=100ms',
];
const READY_WITHIN_MS = 30_000;

/**
 * @param cluster its folder: files in `data`
 * @param other the server that it follows as a standby
 * @param more settings
 */
export function postgresServer(
  home: Home,
  cluster: string,
  connection: Connection,
  other: Connection,
  more: string[] = [],
): PostgresServer {
  const data = join(cluster, 'data');
  const logFile = `${cluster}.log`;
  const primary = `host=${other.host} port=${other.port} user=${other.user} password=${other.password}`;
  const settings = [
    `port=${connection.port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `primary_conninfo=${primary}`,
    ...SETTINGS,
    ...more,
  ];
  let server: Supervised | undefined;

  return {
    connection,
    async start() {
      server = await supervise({
        command: home.programs.postgres,
        args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
        directory: home.directory,
        environment: serverEnvironment(),
        ...(home.user && { user: home.user }),
        logFile,
        recordFile: `${cluster}-process.json`,
        signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
        patienceMs: 5_000,
      });
      const deadline = Date.now() + READY_WITHIN_MS;
      while (!(await answers(connection))) {
        if (server.hasEnded() || Date.now() > deadline)
          throw new Error(`PostgreSQL didn't start:\n${lastLines(logFile)}`);
        await sleep(20);
      }
    },
    async end(signal) {
      if (!server) return;
      process.kill(server.pid, signal);
      await server.ended;
    },
    async ended() {
      await server?.ended;
    },
    async stop() {
      await server?.stop();
    },
    becomeStandby() {
      const signal = join(data, 'standby.signal');
      writeFileSync(signal, '');
      if (home.user) chownSync(signal, home.user.uid, home.user.gid);
    },
    async run(...statements) {
      const client = new pg.Client(connection);
      client.on('error', () => undefined);
      await client.connect();
      try {
        let rows: Record<string, unknown>[] = [];
        for (const statement of statements) ({ rows } = await client.query(statement));
        return rows;
      } finally {
        await client.end();
      }
    },
  };
}

async function answers(connection: Connection): Promise<boolean> {
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
