import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DatabaseSettings } from '../../src/config/servers.ts';
import { SECRET } from './service.ts';

const SERVER = join(import.meta.dirname, '../../src/server.ts');

type RedisAddress = { host: string; port: number; password?: string };

export interface ServerProcess {
  origin: string;
  process: ChildProcess;
  /** Sends the signal, waits for the end, and returns how it ended and after how many ms. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
}

export interface StartingServer {
  process: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
  /** Resolves with the origin when it listens, and rejects with the output when it ends before. */
  listening: Promise<string>;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

/** Starts `src/server.ts` in a process of its own, as `npm start` does, for tests that end it in ways no test runner survives. */
export async function startServer(
  database: DatabaseSettings,
  redis: RedisAddress,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const { process: child, listening } = launchServer(database, redis, env);
  return {
    origin: await listening,
    process: child,
    async end(signal) {
      const started = performance.now();
      const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
      child.kill(signal);
      const [code, by] = await ended;
      return { code, signal: by, ms: performance.now() - started };
    },
  };
}

/** As `startServer`, for a start that takes long or fails. */
export function launchServer(
  database: DatabaseSettings,
  redis: RedisAddress,
  env: Record<string, string> = {},
): StartingServer {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      PORT: '0',
      HOST: '127.0.0.1',
      JWT_SECRET: SECRET,
      REQUESTS_PER_MINUTE: '100000',
      DB_HOST: database.host,
      DB_PORT: String(database.port),
      DB_NAME: database.database,
      DB_USER: database.user,
      DB_PASSWORD: database.password,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      ...(redis.password !== undefined && { REDIS_PASSWORD: redis.password }),
      ...env,
    },
  });
  // No process is left behind, even by a test that fails or is ended.
  const reap = () => child.kill('SIGKILL');
  process.once('exit', reap);
  child.once('exit', () => process.off('exit', reap));

  let output = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const listening = new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk;
      const found = /Service at (http:\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('close', () => reject(new Error(`the service did not start:\n${output}`)));
  });
  // A test of a start that fails looks at `ended` alone.
  listening.catch(() => undefined);
  return { process: child, output: () => output, listening, ended };
}
