import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Bed } from '../bed.ts';
import type { RowResult } from '../result.ts';
import { openLine } from './line.ts';

const WAITING = 500_000;
/** They come within an hour, so that the counts of a whole hour are there, as in a long sale. */
const OVER_MS = 3_600_000;
const AT_ONCE = 100;

/** Measures how much more memory a Redis of its own uses once so many users wait. */
export async function runMemory(bed: Bed, environment: Record<string, string>): Promise<RowResult> {
  const server = await bed.startRedis();
  const line = openLine(server, 'memory', environment, { movesTime: true });
  // The scripts and the connection must not count.
  await line.fill(randomUUID(), 1);
  const before = await usedMemory(line.redis);
  const eventId = randomUUID();
  await line.fill(eventId, WAITING, { atOnce: AT_ONCE, overMs: OVER_MS });
  const used = (await usedMemory(line.redis)) - before;
  const waiting = await line.redis.zcard(`memory:{${eventId}}:waiting`);
  const byKey = await sizes(line.redis, `memory:{${eventId}}:`);
  line.close();
  await server.stop();
  return {
    name: 'memory',
    title: `Redis memory, ${WAITING.toLocaleString('en')} waiting`,
    cpu: {},
    targets: [{ of: 'bytes a waiting user', value: used / WAITING, target: 200, atMost: true }],
    problems: waiting === WAITING ? [] : [`${waiting} of ${WAITING} wait`],
    answers: {},
    rounds: [{ used, ...byKey }],
  };
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

/** The bytes of each key, by its name behind the prefix. */
async function sizes(redis: Redis, prefix: string): Promise<Record<string, number>> {
  const keys = await redis.keys(`${prefix}*`);
  const bytes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
  return Object.fromEntries(keys.map((key, index) => [key.slice(prefix.length), bytes[index] ?? 0]));
}
