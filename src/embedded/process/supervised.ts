import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EmbeddedLog } from '../log.ts';

/** A supervisor's order, as JSON on its command line. */
export interface SupervisorOrder {
  command: string;
  args: string[];
  directory: string;
  environment: Record<string, string>;
  user?: { uid: number; gid: number };
  logFile: string;
  /** File that identifies the server's process, for a later run that finds it still alive. */
  recordFile: string;
  /** Sent in this order, `patienceMs` apart, until the server has ended. */
  signals: NodeJS.Signals[];
  patienceMs: number;
  /** Used first on Windows, where signals can only kill. */
  stopCommand?: string[];
  /** Removed after a stop, even when the owner can't do it any more. */
  removeDirectory?: string;
}

export interface Supervised {
  pid: number;
  /** Settles when the server has ended, for any reason. */
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
    // A debugger's port or a test runner's loader is meant for this process only.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let exited = false;
  const ended = once(child, 'exit').then(
    () => {
      exited = true;
    },
    () => {
      exited = true;
    },
  );
  child.stdin.on('error', () => {});

  const pid = await Promise.race([once(child.stdout, 'data').then(([line]) => Number(line)), ended]);
  if (!pid) throw new Error(`${order.command} couldn't be started`);
  return {
    pid,
    ended,
    hasEnded: () => exited,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Reports an end that was not asked for as an error.
 *
 * @returns stops the server
 */
export function watch(
  server: Supervised,
  name: string,
  logFile: string,
  log: EmbeddedLog,
): () => Promise<void> {
  let stopping = false;
  void server.ended.then(() => {
    if (!stopping)
      log.error(`The embedded ${name} ended unexpectedly; the end of ${logFile}:\n${lastLines(logFile)}`);
  });
  return () => {
    stopping = true;
    return server.stop();
  };
}

/** A port that is free at this moment. Another process may take it before a server does. */
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

/** The environment of a server, without ours: it would take PGPORT, PGDATA and the like as settings. */
export function serverEnvironment(): Record<string, string> {
  const names = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
