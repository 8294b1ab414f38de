import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import type { EmbeddedLog } from '../../../src/embedded/log.ts';
import { runRedis } from '../../../src/embedded/redis/redis.ts';
import { freePort } from '../free-port.ts';

export interface TestRedis {
  host: string;
  port: number;
  password?: string;
  /** A client of the test's own; closed by `close`. */
  client: Redis;
  /** As a crash of the machine it runs on would: connections break and new ones are refused. */
  stop(): Promise<void>;
  /** Again on the same port, empty. */
  start(): Promise<void>;
  /** As a network that swallows everything would: connections stay open, and nothing is answered. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

interface TestRedisOptions {
  own?: boolean;
  /** Settings of a Redis of its own, as in redis.conf. */
  settings?: Record<string, string | number>;
}

const log: EmbeddedLog = { info: () => {}, warn: console.warn, error: console.error };

/** Whether faults can be tried on a Redis: not on one that REDIS_HOST names, where no program is installed beside it. */
export const canBreakRedis = (): boolean => inject('redis').program !== null;

/** The Redis of this process, whose test files run one after the other. It ends with the process. */
let ofProcess: Promise<TestRedis> | undefined;
let users = 0;
let emptied: Promise<unknown> | undefined;

/**
 * A real Redis. Without `own` it is shared: write only to keys that no other test can have. If REDIS_HOST names one, all tests share it,
 * else those of a test file do, and it is empty when the file begins. Tests of faults ask for `own`, since that one can be stopped.
 */
export async function startTestRedis({
  own = false,
  settings = {},
}: TestRedisOptions = {}): Promise<TestRedis> {
  const { program, shared } = inject('redis');
  if (own) return await startOwn(program, settings);
  if (shared) return useShared(shared);
  ofProcess ??= startOwn(program, {});
  const { host, port, client } = await ofProcess;
  if (users++ === 0) emptied = client.flushall();
  await emptied;
  const redis = useShared({ host, port });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await redis.close();
    users--;
  };
  // A service that was given it closes it as well as the file. Counted twice, no later file of this process would find it empty.
  return { ...redis, close: () => (closing ??= close()) };
}

async function startOwn(
  program: string | null,
  settings: Record<string, string | number>,
): Promise<TestRedis> {
  if (!program)
    throw new Error('Faults need a Redis that can be stopped: install redis-server or valkey-server');

  const directory = mkdtempSync(join(tmpdir(), 'tiketi-test-redis-'));
  const port = await freePort();
  const options = { directory, port, persistent: false, settings, log };
  let server = await runRedis(program, options);
  const { host } = server;
  const client = new Redis({ host, port, retryStrategy: () => 50 });
  client.on('error', () => {});
  return {
    host,
    port,
    client,
    stop: () => server.stop(),
    async start() {
      server = await runRedis(program, options);
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    async close() {
      client.disconnect();
      await server.stop();
    },
  };
}

function useShared(address: { host: string; port: number; password?: string }): TestRedis {
  const client = new Redis(address);
  const refuse = () => {
    throw new Error('Other tests share this Redis: ask for { own: true } to stop it');
  };
  return {
    ...address,
    client,
    stop: refuse,
    start: refuse,
    pause: refuse,
    resume: refuse,
    async close() {
      client.disconnect();
    },
  };
}
