import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Bed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import { cpuMs, cpuShares, readCpu } from '../cpu.ts';
import type { Pace } from '../pace.ts';
import type { CrowdCalls, Heard } from '../processes/crowd.ts';
import { median, medians, type RowResult } from '../result.ts';
import type { Worker } from '../worker.ts';
import { openLine } from './line.ts';

const MANY = 5_000;
const FEW = 100;
/** More often than it ships, so that a measurement hears more than a handful of announcements. */
const TICK_MS = 200;
const NO_TICK_MS = 60_000;
const PATIENCE_MS = 10_000;
const PREFIX = 'broadcast';

interface Window {
  heard: Heard;
  /** What went out through Redis to the other instances. */
  publications: number;
  /** ms of the emitter's CPU, and of the time on the wall. */
  cpu: number;
  ms: number;
  shares: Record<string, number>;
}

/**
 * Three instances: one moves the lines and tells of it, and has no sockets of its own; those who wait are on the two others. What
 * an announcement costs the one that makes it is compared between a line of few and a line of many.
 */
export async function runBroadcast(
  bed: Bed,
  environment: Record<string, string>,
  { seconds, rounds }: Pace,
): Promise<RowResult> {
  const start = (tickMs: number) =>
    bed.startService(PREFIX, { ...environment, QUEUE_TICK_MS: String(tickMs) });
  const emitter = await start(TICK_MS);
  const others = [await start(NO_TICK_MS), await start(NO_TICK_MS)];
  const crowd = bed.startWorker<CrowdCalls>('crowd');
  const line = openLine(bed.redis, PREFIX, environment);

  async function gather(count: number): Promise<string> {
    const { eventId } = await offer(emitter.pool, {});
    await line.fill(eventId, count);
    const ports = others.map(({ port }) => port);
    await crowd.call('gather', { ports, eventId, from: line.threshold, count, secret: bed.secret });
    return eventId;
  }
  const few = await gather(FEW);
  const many = await gather(MANY);

  async function listen(eventId: string): Promise<Window> {
    const parts = { emitter: emitter.pid, redis: bed.redis.pid, crowd: crowd.pid };
    await crowd.call('listen', eventId);
    const published = await publications(line.redis);
    const times = readCpu({ ...parts, other: others[0]?.pid as number });
    const [cpu, from] = [cpuMs(emitter.pid), performance.now()];
    while (performance.now() < from + seconds * 1_000) {
      await line.arrive(eventId);
      await sleep(TICK_MS / 2); // so that each tick has something to tell
    }
    await sleep(TICK_MS); // the last arrival is told with the next tick
    const used = cpuMs(emitter.pid) - cpu;
    const ms = performance.now() - from;
    const shares = cpuShares(times, readCpu({ ...parts, other: others[0]?.pid as number }));
    const heard = await untilHeard(crowd, eventId);
    return { heard, publications: (await publications(line.redis)) - published, cpu: used, ms, shares };
  }

  /** ms of the emitter's CPU in a tick that finds nothing new. */
  async function idleTick(): Promise<number> {
    const [cpu, from] = [cpuMs(emitter.pid), performance.now()];
    await sleep(seconds * 1_000);
    return ((cpuMs(emitter.pid) - cpu) * TICK_MS) / (performance.now() - from);
  }

  const windows: Window[] = [];
  const figures: { ratio: number; publications: number; [figure: string]: number }[] = [];
  const problems: string[] = [];
  // The first round warms up the caches and the compiler.
  for (let round = -1; round < rounds; round++) {
    const ofFew = await listen(few);
    const ofMany = await listen(many);
    if (round < 0) continue;
    for (const { heard } of [ofFew, ofMany]) {
      if (heard.announcements === 0) problems.push('nothing was announced');
      if (heard.incomplete > 0)
        problems.push(`${heard.incomplete} announcements did not reach everybody once`);
    }
    windows.push(ofMany);
    const cost = ({ cpu, heard }: Window) => (cpu * 1_000) / heard.announcements;
    figures.push({
      fewUs: Math.round(cost(ofFew)),
      manyUs: Math.round(cost(ofMany)),
      idleUs: Math.round((await idleTick()) * 1_000),
      ratio: cost(ofMany) / cost(ofFew),
      publications:
        (ofFew.publications + ofMany.publications) / (ofFew.heard.announcements + ofMany.heard.announcements),
    });
  }
  line.close();
  await Promise.all([emitter, ...others].map((service) => service.stop()));
  await crowd.stop();
  const told = windows.reduce((sum, { heard }) => sum + heard.announcements * MANY, 0);
  return {
    name: 'broadcast',
    title: `a broadcast to ${MANY.toLocaleString('en')} sockets`,
    rate: median(windows.map(({ heard, ms }) => (heard.announcements * MANY * 1_000) / ms)),
    p50: median(windows.map(({ heard }) => heard.p50)),
    p99: median(windows.map(({ heard }) => heard.p99)),
    cpu: medians(windows.map(({ shares }) => shares)),
    targets: [
      {
        of: 'publications each',
        value: Math.max(...figures.map(({ publications }) => publications)),
        target: 1,
        atMost: true,
      },
      {
        of: `emitter's CPU each, to ${FEW}`,
        value: median(figures.map(({ ratio }) => ratio)),
        target: 1.25,
        atMost: true,
      },
    ],
    problems: [...new Set(problems)],
    answers: { 'queue-updated': told },
    rounds: figures,
  };
}

async function untilHeard(crowd: Worker<CrowdCalls>, eventId: string): Promise<Heard> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const heard = await crowd.call('heard', eventId);
    if (heard.incomplete === 0 || performance.now() > deadline) return heard;
    await sleep(50);
  }
}

/** Entries of the stream between the instances, and what they tell each other beside it. */
async function publications(redis: Redis): Promise<number> {
  const stream = (await redis.xinfo('STREAM', `${PREFIX}:socket.io`)) as (string | number)[];
  const entries = Number(stream[stream.indexOf('entries-added') + 1]);
  const commands = await redis.info('commandstats');
  const published = [...commands.matchAll(/^cmdstat_s?publish:calls=(\d+)/gm)];
  return published.reduce((sum, [, calls]) => sum + Number(calls), entries);
}
