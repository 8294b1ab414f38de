import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createQueueCommands, type QueueCommands } from '../../src/queue/commands.ts';

const NAMES = ['waiting', 'active', 'seen', 'counters', 'rate'];

/** Moves everything that was noted, and every end of a key, into the past: for the scripts, time has passed. */
const TIME_PASSES = `
  local ms = tonumber(ARGV[1])
  for _, index in ipairs({ 2, 3 }) do
    local members = redis.call('ZRANGE', KEYS[index], 0, -1, 'WITHSCORES')
    for i = 1, #members, 2 do redis.call('ZADD', KEYS[index], tonumber(members[i + 1]) - ms, members[i]) end
  end
  for _, field in ipairs({ 'since', 'announcedAt' }) do
    local time = redis.call('HGET', KEYS[4], field)
    if time then redis.call('HSET', KEYS[4], field, string.format('%.0f', tonumber(time) - ms)) end
  end
  local buckets = redis.call('HGETALL', KEYS[5])
  if #buckets > 0 then redis.call('DEL', KEYS[5]) end
  for i = 1, #buckets, 2 do
    redis.call('HSET', KEYS[5], string.format('%.0f', tonumber(buckets[i]) - ms / 10000), buckets[i + 1])
  end
  local ends = tonumber(ARGV[2])
  for _, key in ipairs(KEYS) do
    if ends <= ms then redis.call('DEL', key) else redis.call('PEXPIRE', key, string.format('%.0f', ends - ms)) end
  end
  return 1`;

export interface WaitingRoom {
  eventId: string;
  commands: QueueCommands;
  /** Those in line, the first one first. */
  waiting(): Promise<string[]>;
  inside(): Promise<string[]>;
  /** Names of the keys that exist, each with the seconds that it still has; -1 for one without an end. */
  keys(): Promise<Record<string, number>>;
  /** @param seconds a multiple of ten, so that the measurement of admissions moves along */
  timePasses(seconds: number): Promise<void>;
}

/** The waiting room of a new event, and a look behind its curtain. */
export function openWaitingRoom(
  redis: Redis,
  { threshold = 2, ttlSeconds = 300, tickMs = 0, eventId = randomUUID() as string, prefix = 'test' } = {},
): WaitingRoom {
  const keys = NAMES.map((name) => `${prefix}:{${eventId}}:${name}`);
  const [waiting, active, , counters] = keys as [string, string, string, string];
  return {
    eventId,
    commands: createQueueCommands(redis, prefix, { threshold, ttlSeconds, tickMs }),
    waiting: () => redis.zrange(waiting, '0', '-1'),
    inside: () => redis.zrange(active, '0', '-1'),
    async keys() {
      const left = await Promise.all(keys.map((key) => redis.ttl(key)));
      return Object.fromEntries(
        NAMES.flatMap((name, index) => {
          const seconds = left[index] as number;
          return seconds === -2 ? [] : [[name, seconds] as const];
        }),
      );
    },
    async timePasses(seconds) {
      // All keys of an event end together.
      const left = Math.max(
        ...(await Promise.all([active, waiting, counters].map((key) => redis.pttl(key)))),
      );
      await redis.eval(TIME_PASSES, keys.length, ...keys, seconds * 1_000, left);
    },
  };
}
