import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';

/** Each of them came out differently, or not at all, on ioredis-mock as it is. */
const scripts: Record<string, string> = {
  'the clock':
    "local t = redis.call('TIME') return { type(t), #t, t[1] * 1000 + math.floor(t[2] / 1000) > 1.7e12 and 1 or 0 }",
  'a list made in a loop': "local list = {} for i = 1, 3 do list[#list + 1] = 'x' .. i end return list",
  'a list that starts as a constructor and grows': 'local list = { 1, 2 } list[3] = 3 return list',
  'a list of a thousand': 'local list = {} for i = 1, 1000 do list[i] = i end return list',
  'lists in lists': "local a = {} table.insert(a, { 'x', { 1 } }) table.insert(a, {}) return a",
  'a list that ends at nil': 'return { 1, nil, 3 }',
  nothing: 'return nil',
  'no and yes': 'return { false, true }',
  'false alone': 'return false',
  fractions: 'return { 3.7, -3.7 }',
  'a status': "return redis.status_reply('FINE')",
  'missing values': "local v = redis.call('MGET', KEYS[1], KEYS[2]) return { #v, v[1] == false and 1 or 0 }",
  'a missing field':
    "redis.call('HSET', KEYS[1], 'a', 1) local v = redis.call('HMGET', KEYS[1], 'a', 'b') return { v[1], v[2] == false and 1 or 0 }",
  'numbers become text':
    "redis.call('HSET', KEYS[1], 'a', 1.5, 'b', 1763836421123) return redis.call('HGETALL', KEYS[1])",
  'a number as a member': "redis.call('ZADD', KEYS[1], 1, 5) return redis.call('ZSCORE', KEYS[1], '5')",
  'counts in a text':
    "redis.call('ZADD', KEYS[1], 1, 'a') return redis.call('ZCARD', KEYS[1]) .. '/' .. redis.call('INCR', KEYS[2])",
  'times as scores':
    "redis.call('ZADD', KEYS[1], ARGV[1] + 300000, 'a') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
  'the head of a line':
    "redis.call('ZADD', KEYS[1], 1, 'a', 2, 'b', 3, 'c') local h = redis.call('ZRANGE', KEYS[1], 0, 1) return { redis.call('ZREM', KEYS[1], unpack(h)), h }",
  'who fell silent':
    "redis.call('ZADD', KEYS[1], 1, 'a', 2, 'b', 3, 'c') return { redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(3', 'LIMIT', 0, 5), redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', 2) }",
  'a lock':
    "return { redis.call('SET', KEYS[1], 'me', 'NX', 'PX', 5000), redis.call('SET', KEYS[1], 'you', 'NX', 'PX', 5000) }",
  'an error that is caught':
    "redis.call('SET', KEYS[1], 'text') return redis.pcall('ZADD', KEYS[1], 1, 'a').err and 1 or 0",
};

let server: TestRedis;
let mock: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  mock = createMockRedis();
});
afterAll(() => server.close());

test.for(Object.entries(scripts))(
  'the Redis inside the process answers a script as a real one does: %s',
  async ([, script]) => {
    const tag = `test:{${randomUUID()}}`;
    const run = (redis: Redis) => redis.eval(script, 2, `${tag}:1`, `${tag}:2`, '1763836421123');
    expect(await run(mock)).toEqual(await run(server.client));
  },
);

test('a command without a fixed number of keys takes their number from its first argument', async () => {
  const lua = "return { #KEYS, #ARGV, KEYS[#KEYS], ARGV[1] or 'none' }";
  for (const redis of [mock, server.client]) {
    redis.defineCommand('howMany', { lua });
    const { howMany } = redis as unknown as { howMany(...args: (string | number)[]): Promise<unknown> };
    const key = `test:{${randomUUID()}}`;
    expect(await howMany.call(redis, 2, `${key}:1`, `${key}:2`, 'a')).toEqual([2, 1, `${key}:2`, 'a']);
    expect(await howMany.call(redis, 1, `${key}:1`)).toEqual([1, 0, `${key}:1`, 'none']);
  }
});

test('a script is known by its hash to every client of the process', async () => {
  const sha = (await mock.script('LOAD', 'return KEYS[1] .. ARGV[1]')) as string;
  expect(await mock.duplicate().evalsha(sha, 1, 'a', 'b')).toBe('ab');
  await expect(mock.evalsha('0'.repeat(40), 0)).rejects.toThrow(/^NOSCRIPT/);
});

test('a defined command works alone and in a pipeline, and its error is the one that the script returned', async () => {
  const define = (redis: Redis) => {
    redis.defineCommand('grow', {
      numberOfKeys: 1,
      lua: "local t = {} t[1] = redis.call('INCR', KEYS[1]) return t",
    });
    redis.defineCommand('refuse', {
      numberOfKeys: 0,
      lua: "return redis.error_reply('SOLDOUT nothing left')",
    });
    return redis as Redis & { grow(key: string): Promise<number[]>; refuse(): Promise<never> };
  };
  const key = `test:${randomUUID()}`;
  for (const redis of [define(mock), define(server.client)]) {
    expect(await redis.grow(key)).toEqual([1]);
    const pipeline = redis.pipeline() as ReturnType<Redis['pipeline']> & { grow(key: string): void };
    pipeline.grow(key);
    expect(await pipeline.exec()).toEqual([[null, [2]]]);
    await expect(redis.refuse()).rejects.toThrow(/^SOLDOUT nothing left/);
  }
});

test('sorted sets answer outside of scripts as well', async () => {
  const key = `test:${randomUUID()}`;
  for (const redis of [mock, server.client]) {
    await redis.zadd(key, 1, 'a', 2, 'b');
    expect(await redis.zrange(key, '0', '-1')).toEqual(['a', 'b']);
  }
});
