import type { Costs } from './costs.ts';
import { Processors } from './processors.ts';

export interface Prediction {
  rate: number;
  p50Ms: number;
  batch: number;
}

interface Parameters {
  cores: number;
  connections: number;
  seconds: number;
}

/** The default of SALE_BATCH_SIZE. */
const LARGEST_BATCH = 128;
/** The part of PostgreSQL's work for a batch that locks and reads. The next batch begins with the rest of it, the write. */
const FACTS = 0.22;

/** Plays a rush for free seats of one event: each connection asks again as soon as it has its answer. */
export async function playRush(
  costs: Costs,
  { cores, connections, seconds }: Parameters,
): Promise<Prediction> {
  const machine = new Processors(cores);
  const { batches } = costs;
  const [service, postgres, redis] = (['service', 'postgres', 'redis'] as const).map((part) =>
    line(batches.alone[part], batches.full[part], batches.full.size),
  ) as [Line, Line, Line];
  const diskUs = pauseOf(batches.alone);
  const times: number[] = [];
  const sizes: number[] = [];
  let waiting: (() => void)[] = [];
  let mayBegin = true;
  let committed = Promise.resolve();

  async function begin(): Promise<void> {
    if (!mayBegin || waiting.length === 0) return;
    mayBegin = false;
    const batch = waiting.slice(0, LARGEST_BATCH);
    waiting = waiting.slice(LARGEST_BATCH);
    sizes.push(batch.length);
    const before = committed;
    const own = Promise.withResolvers<void>();
    committed = own.promise;
    await machine.work('redis', redis.fixed + redis.each * batch.length);
    await before;
    const us = postgres.fixed + postgres.each * batch.length;
    await machine.work('postgres', us * FACTS);
    await machine.work('service', service.fixed);
    mayBegin = true;
    void begin();
    await machine.work('postgres', us * (1 - FACTS));
    await machine.pause(diskUs);
    own.resolve();
    for (const answer of batch) answer();
  }

  async function connection(): Promise<void> {
    for (;;) {
      const asked = machine.now;
      await machine.work('generator', batches.full.generator / 2);
      await machine.work('service', service.each / 2);
      const answered = new Promise<void>((resolve) => waiting.push(resolve));
      void begin();
      await answered;
      await machine.work('service', service.each / 2);
      await machine.work('generator', batches.full.generator / 2);
      times.push(machine.now - asked);
    }
  }

  for (let index = 0; index < connections; index++) void connection();
  await machine.run(seconds * 1e6);
  times.sort((a, b) => a - b);
  return {
    rate: times.length / seconds,
    p50Ms: (times[Math.floor(times.length / 2)] ?? 0) / 1_000,
    batch: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
  };
}

/** µs that a batch takes, and that each request of it takes. */
interface Line {
  fixed: number;
  each: number;
}

/** Through two points: what one answer costs in a batch of its own, and in batches of `size`. */
function line(alone: number, full: number, size: number): Line {
  const fixed = Math.max(0, ((alone - full) * size) / (size - 1));
  return { fixed, each: Math.max(0, full - fixed / size) };
}

/** What a lone hold waits for: the disk, and processes that wake up. */
function pauseOf({ p50Ms, service, postgres, redis, generator }: Costs['batches']['alone']): number {
  return Math.max(0, p50Ms * 1_000 - service - postgres - redis - generator);
}
