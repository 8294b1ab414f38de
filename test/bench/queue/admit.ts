import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Bed } from '../bed.ts';
import { median, type RowResult } from '../result.ts';
import { openLine } from './line.ts';

const WAITING = 1_000_000;
const ADMITTED = 1_000;
const CALLS_A_ROUND = 5;
const OVER_MS = 3_600_000;

/** Measures how long Redis is busy while it lets in this many users at once. It answers no other request meanwhile. */
export async function runAdmit(
  bed: Bed,
  environment: Record<string, string>,
  { rounds }: { rounds: number },
): Promise<RowResult> {
  const server = await bed.startRedis();
  const line = openLine(server, 'admit', environment);
  const eventId = randomUUID();
  await line.fill(eventId, WAITING, { overMs: OVER_MS });
  const times: number[] = [];
  const problems: string[] = [];
  // The first call brings the script.
  for (let call = 0; call <= rounds * CALLS_A_ROUND; call++) {
    await line.redis.config('RESETSTAT');
    const { admitted } = await line.admit(eventId, ADMITTED);
    if (admitted.length !== ADMITTED) problems.push(`${admitted.length} of ${ADMITTED} were let in`);
    if (call > 0) times.push(await scriptsMs(line.redis));
  }
  line.close();
  await server.stop();
  return {
    name: 'admit',
    title: `admitting ${ADMITTED.toLocaleString('en')} from ${WAITING.toLocaleString('en')}`,
    cpu: {},
    targets: [
      { of: 'ms of Redis', value: median(times), target: 12, atMost: true },
      { of: 'ms of Redis, the longest', value: Math.max(...times) },
    ],
    problems: [...new Set(problems)],
    answers: {},
    rounds: times.map((ms) => ({ ms })),
  };
}

/** ms that Redis spent in scripts since its statistics began. */
async function scriptsMs(redis: Redis): Promise<number> {
  const commands = await redis.info('commandstats');
  const spent = [...commands.matchAll(/^cmdstat_eval(?:sha)?:calls=\d+,usec=(\d+)/gm)];
  return spent.reduce((sum, [, usec]) => sum + Number(usec), 0) / 1_000;
}
