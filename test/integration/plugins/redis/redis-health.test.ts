import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { isRedisTimeout } from '../../../../src/errors/redis-failures.ts';
import { isUnavailable } from '../../../../src/errors/unavailable.ts';
import { failFast, redisOptions } from '../../../../src/plugins/redis/options.ts';
import { type RedisHealth, watchRedis } from '../../../../src/plugins/redis/redis-health.ts';
import { type Address, startProxy } from '../../../support/proxy.ts';
import { startTestRedis } from '../../../support/redis/redis.ts';
import { redisSettings } from '../../../support/redis/settings.ts';
import { eventually } from '../../../support/wait.ts';

/** How soon all is well once the address leads to a good server. */
const WELL_WITHIN_MS = 5_000;
const NOWHERE = { host: '127.0.0.1', port: 1 };
const WRITE = "return redis.call('SET', KEYS[1], 1)";

interface Fault {
  /** How the reply begins, as a regular expression. */
  code: string;
  /** How the log goes on after "Redis". */
  says: string;
  /** Whether a new connection may find another server, soon. */
  moved: boolean;
  /**
   * Brings the server into the state, while the connections of the service stay open.
   *
   * @param other one more connection, for a server that is busy with what the first one asked
   */
  begin(redis: Redis, other: Redis): Promise<unknown>;
  end(redis: Redis, other: Redis): Promise<unknown>;
}

const set = (redis: Redis, settings: Record<string, string | number>) =>
  Promise.all(Object.entries(settings).map(([name, value]) => redis.config('SET', name, value)));

const dumpOf = async (redis: Redis) => {
  const [, directory] = (await redis.config('GET', 'dir')) as [string, string];
  return join(directory, 'dump.rdb');
};

const faults: Fault[] = [
  {
    code: 'READONLY',
    says: 'is a read-only replica',
    moved: true,
    begin: (redis) => redis.replicaof(NOWHERE.host, NOWHERE.port),
    end: (redis) => redis.replicaof('NO', 'ONE'),
  },
  {
    code: 'MASTERDOWN',
    says: 'is a replica without its master',
    moved: true,
    begin: async (redis) => {
      await set(redis, { 'replica-serve-stale-data': 'no', 'replica-read-only': 'no' });
      await redis.replicaof(NOWHERE.host, NOWHERE.port);
    },
    end: (redis) => redis.replicaof('NO', 'ONE'),
  },
  {
    code: 'NOREPLICAS',
    says: 'has too few replicas',
    moved: true,
    begin: (redis) => set(redis, { 'min-replicas-to-write': 1 }),
    end: (redis) => set(redis, { 'min-replicas-to-write': 0 }),
  },
  {
    code: 'OOM',
    says: 'is full',
    moved: false,
    begin: (redis) => set(redis, { maxmemory: 1 }),
    end: (redis) => set(redis, { maxmemory: 0 }),
  },
  {
    code: 'MISCONF',
    says: 'refuses writes because it cannot save',
    moved: false,
    begin: async (redis) => {
      await set(redis, { save: '3600 1' });
      mkdirSync(await dumpOf(redis));
      await redis.bgsave();
      await eventually(async () => expect(await redis.info('persistence')).toContain('status:err'));
    },
    end: async (redis) => {
      rmdirSync(await dumpOf(redis));
      await redis.bgsave();
    },
  },
  {
    code: 'BUSY',
    says: 'is busy with a long script',
    moved: false,
    begin: async (redis, other) => {
      await set(redis, { 'busy-reply-threshold': 1 });
      redis.eval('while true do end', 0).catch(() => undefined);
      await eventually(() => expect(other.get('any')).rejects.toThrow('BUSY'));
    },
    end: (_redis, other) => other.script('KILL'),
  },
  {
    // The second and the third come from inside a script, in Redis 7.0 and since.
    code: '(NOPERM|ERR The user|ERR ACL failure)',
    says: 'does not permit this user',
    moved: true,
    begin: (redis) => redis.acl('SETUSER', 'default', '-set'),
    end: (redis) => redis.acl('SETUSER', 'default', '+set'),
  },
];

/** Watches a Redis as the service does, with the connection that it has for commands. */
async function watch(address: Address, password?: string) {
  const lines: string[] = [];
  const client = new Redis(redisOptions(redisSettings({ ...address, password }), failFast));
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line).msg) });
  const health = await watchRedis(client, 'mark', log, () => undefined);
  return {
    client,
    lines,
    health,
    async stop() {
      await health.stop();
      client.disconnect();
    },
  };
}

const errorOf = (command: Promise<unknown>): Promise<Error> =>
  command.then(
    () => new Error('it was answered'),
    (error: Error) => error,
  );

const isWell = (health: RedisHealth) =>
  eventually(() => expect(health.answers).toBe(true), { timeout: WELL_WITHIN_MS });

describe.concurrent('a Redis that answers, but cannot do its work', () => {
  test.each(faults)('$code: is named once, and is well again by itself', async (fault) => {
    const redis = await startTestRedis({ own: true });
    const other = redis.client.duplicate();
    await other.ping();
    const { client, lines, health, stop } = await watch(redis);
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await redis.client.info('stats'))?.[1]);
    const before = await connections();

    const begunAt = performance.now();
    await fault.begin(redis.client, other);
    for (const command of [client.set('key', 1), client.eval(WRITE, 1, 'key')]) {
      const error = await errorOf(command);
      expect(error.message).toMatch(new RegExp(`^${fault.code} `));
      expect(isUnavailable(error)).toBe(true);
    }
    await health.check();
    expect(health.answers).toBe(false);
    await sleep(1_200);
    if (fault.moved) await eventually(async () => expect(await connections()).toBeGreaterThan(before));
    if (fault.code !== 'BUSY') {
      const opened = (await connections()) - before;
      const seconds = (performance.now() - begunAt) / 1_000;
      expect(opened).toBeLessThanOrEqual(fault.moved ? Math.ceil(seconds) : Math.floor(seconds / 1.5));
    }
    await fault.end(redis.client, other);
    await isWell(health);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^Redis ${fault.says}`)), 'Redis is back']);

    await stop();
    other.disconnect();
    await redis.close();
  });

  test.each([
    ['NOAUTH', undefined, 'asks for a password'],
    ['WRONGPASS', 'of last year', 'refuses the password'],
  ])('%s: a password that was changed is named once', async (_code, password, says) => {
    const redis = await startTestRedis({ own: true });
    if (password) await redis.client.config('SET', 'requirepass', password);
    const { lines, health, stop } = await watch(redis, password);
    expect(health.answers).toBe(true);
    await redis.client.config('SET', 'requirepass', 'changed');
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => expect(health.answers).toBe(false));
    await sleep(1_000);
    await redis.client.config('SET', 'requirepass', password ?? '');
    await isWell(health);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^Redis ${says}`)), 'Redis is back']);
    await stop();
    await redis.close();
  });

  test('a proxy without a server behind it, which closes each connection, is named once', async () => {
    const redis = await startTestRedis({ own: true });
    const proxy = await startProxy(redis);
    const { lines, health, stop } = await watch({ host: '127.0.0.1', port: proxy.port });
    await proxy.cut();
    const empty = createServer((socket) => void socket.resume().end()).listen(proxy.port, '127.0.0.1');
    await eventually(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    await sleep(1_500);
    expect(health.answers).toBe(false);
    empty.close();
    await once(empty, 'close');
    await proxy.restore();
    await isWell(health);
    expect(lines).toEqual([expect.stringMatching(/^Redis is away/), 'Redis is back']);
    await stop();
    await Promise.all([proxy.close(), redis.close()]);
  });

  test('a server that falls silent is left for the one to which the address leads', async () => {
    const [old, next] = await Promise.all([startTestRedis({ own: true }), startTestRedis({ own: true })]);
    const proxy = await startProxy(old);
    const { lines, health, stop } = await watch({ host: '127.0.0.1', port: proxy.port });
    old.pause();
    proxy.leadTo(next);
    await eventually(() => expect(health.answers).toBe(false));
    await isWell(health);
    expect(lines.filter((line) => !line.startsWith('Redis has lost'))).toEqual([
      expect.stringMatching(/^Redis answers late/),
      'Redis is back',
    ]);
    await stop();
    old.resume();
    await Promise.all([proxy.close(), old.close(), next.close()]);
  });
});

describe('what ioredis says when there is no answer', () => {
  test('is known to mean that Redis is unavailable', async () => {
    const redis = await startTestRedis({ own: true });
    const proxy = await startProxy(redis);
    const address = redisSettings({ host: '127.0.0.1', port: proxy.port });
    const client = new Redis(redisOptions(address, failFast));
    client.on('error', () => undefined);
    await client.connect();

    proxy.stall();
    const late = await errorOf(client.get('key'));
    expect([late.message, isRedisTimeout(late), isUnavailable(late)]).toEqual([
      'Command timed out',
      true,
      true,
    ]);
    const inFlight = errorOf(client.get('key'));
    await proxy.cut();
    const errors = [await inFlight, await errorOf(client.get('key'))];
    client.disconnect();
    redis.client.disconnect();
    await once(redis.client, 'end');
    errors.push(await errorOf(redis.client.get('key')));
    expect(errors.map((error) => error.message)).toEqual([
      expect.stringMatching(/^Reached the max retries/),
      expect.stringMatching(/^Stream isn't writeable/),
      'Connection is closed.',
    ]);
    for (const error of errors) expect(isUnavailable(error)).toBe(true);
    await redis.close();
  });
});
