import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedLog } from '../log.ts';
import { endLeftover, readProcessRecord } from '../process/process-identity.ts';
import {
  freePort,
  lastLines,
  type Supervised,
  serverEnvironment,
  supervise,
  watch,
} from '../process/supervised.ts';

export interface RedisServer {
  host: string;
  port: number;
  pid: number;
  /** Shuts the server down and waits for its end. */
  stop(): Promise<void>;
}

export interface RedisOptions {
  directory: string;
  /** The port of an earlier start; a free one by default. */
  port?: number;
  /** Keeps the data across restarts. */
  persistent: boolean;
  /** Settings as in redis.conf. */
  settings?: Record<string, string | number>;
  log: EmbeddedLog;
}

const HOST = '127.0.0.1';
const SIGNALS: NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'];

/** @returns the path of redis-server or valkey-server, if one is on the PATH */
export function findRedis(): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of ['redis-server', 'valkey-server'])
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name + suffix);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  return undefined;
}

/**
 * Starts this machine's Redis, with its data in the folder.
 *
 * @returns null if the machine has none or it doesn't start: the service then uses the one inside its own process
 */
export async function startRedis(options: {
  directory: string;
  log: EmbeddedLog;
}): Promise<RedisServer | null> {
  const { log } = options;
  const program = findRedis();
  if (!program) {
    log.warn(
      'Redis: no redis-server or valkey-server on the PATH, so ioredis-mock imitates it inside this process. That is fine ' +
        'for one process; the waiting room is lost when it ends',
    );
    return null;
  }
  try {
    const server = await runRedis(program, { ...options, persistent: true });
    log.info(`Redis: ${program} on port ${server.port}, its data in ${options.directory}`);
    return server;
  } catch (error) {
    log.warn(
      `Redis: ${program} doesn't start, so ioredis-mock imitates it inside this process; ${(error as Error).message}`,
    );
    return null;
  }
}

/** Runs the program on a folder of its own. It ends with this process. */
export async function runRedis(program: string, options: RedisOptions): Promise<RedisServer> {
  mkdirSync(options.directory, { recursive: true });
  const directory = realpathSync(options.directory);
  const logFile = join(directory, 'redis.log');
  const recordFile = join(directory, 'redis-process.json');
  const leftover = readProcessRecord(recordFile);
  if (leftover) await endLeftover(leftover, SIGNALS);

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const server = await supervise({
      command: program,
      args: [
        ...['--bind', HOST, '--port', String(port), '--dir', directory, '--daemonize', 'no', '--save', ''],
        ...(options.persistent
          ? ['--appendonly', 'yes', '--appendfsync', 'everysec']
          : ['--appendonly', 'no']),
        ...Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      directory,
      environment: serverEnvironment(),
      logFile,
      recordFile,
      signals: SIGNALS,
      patienceMs: 5_000,
      ...(!options.persistent && { removeDirectory: directory }),
    });
    if (await isReady(server, port))
      return {
        host: HOST,
        port,
        pid: server.pid,
        stop: watch(server, basename(program), logFile, options.log),
      };
    const reason = lastLines(logFile);
    await server.stop();
    if (attempt === 5 || !/in use|bind/i.test(reason)) throw new Error(`the end of ${logFile}:\n${reason}`);
    await sleep(200);
  }
}

async function isReady(server: Supervised, port: number): Promise<boolean> {
  const deadline = Date.now() + 30_000;
  while (!server.hasEnded() && Date.now() < deadline) {
    if (await answers(port, server.pid)) return true;
    await sleep(20);
  }
  return false;
}

/** Whether this process answers on the port and has loaded its data. Another program may have taken the port. */
function answers(port: number, pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: HOST }, () => socket.write('INFO server\r\nPING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk;
      if (/\r\n[+-].*\r\n$/.test(text)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text.includes(`process_id:${pid}\r\n`) && text.endsWith('+PONG\r\n')));
  });
}
