import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EmbeddedLog } from '../log.ts';

/** What a supervisor is told, as JSON on its command line. */
export interface SupervisorOrder {
  command: string;
  args: string[];
  directory: string;
  environment: Record<string, string>;
  user?: { uid: number; gid: number };
  logFile: string;
  /** Where the server's process is written down, for a later run that finds it still alive. */
  recordFile: string;
  /** Sent one after the other, `patienceMs` apart, until the server has ended. */
  signals: NodeJS.Signals[];
  patienceMs: number;
  /** Asked first where signals can only kill (Windows). */
  stopCommand?: string[];
  /** Removed when the server was stopped, also when the owner can't do it any more. */
  removeDirectory?: string;
}

export interface Supervised {
  pid: number;
  /** Settles when the server has ended, for whatever reason. */
  ended: Promise<void>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

const supervisor = join(import.meta.dirname, 'supervisor.ts');

/** Starts a server that ends with this process, however this process ends. */
export async function supervise(order: SupervisorOrder): Promise<Supervised> {
  const child = spawn(process.execPath, [supervisor, JSON.stringify(order)], {
    cwd: order.directory,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    // What is meant for this process (a debugger's port, a test runner's loader) isn't meant for the supervisor.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let over = false;
  const ended = once(child, 'exit').then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  child.stdin.on('error', () => {});

  const pid = await Promise.race([once(child.stdout, 'data').then(([line]) => Number(line)), ended]);
  if (!pid) throw new Error(`${order.command} couldn't be started`);
  return {
    pid,
    ended,
    hasEnded: () => over,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * From here on, an end that nobody asked for is an error.
 *
 * @returns stops the server
 */
export function watch(
  server: Supervised,
  name: string,
  logFile: string,
  log: EmbeddedLog,
): () => Promise<void> {
  let wanted = false;
  void server.ended.then(() => {
    if (!wanted)
      log.error(`The embedded ${name} ended unexpectedly; the end of ${logFile}:\n${lastLines(logFile)}`);
  });
  return () => {
    wanted = true;
    return server.stop();
  };
}

/** Free at this moment: who starts a server on it must be ready to try another one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port');
  return address.port;
}

/** The last lines of a server's log, for an error message. */
export function lastLines(logFile: string, count = 8): string {
  try {
    return readFileSync(logFile, 'utf8').trim().split('\n').slice(-count).join('\n');
  } catch {
    return '(no log)';
  }
}

/**
 * Environment of a server: nothing of ours. PGPORT, PGDATA and the like would be taken as settings.
 */
export function serverEnvironment(): Record<string, string> {
  const names = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
