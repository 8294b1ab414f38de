import type { RowResult } from '../../test/bench/result.ts';
import { runBench } from './bench.ts';
import type { Cost, Costs } from './costs.ts';

const SECONDS = 2;

/** Measures what one answer costs, in about two minutes on a quiet machine. */
export async function measureCosts({ memory }: Costs): Promise<Costs> {
  const sales = await runBench('sales', ['seats', 'serial', 'confirm'], SECONDS);
  const queue = await runBench('queue', ['check', 'status'], SECONDS);
  const reads = await runBench('reads', ['event', 'status'], SECONDS);
  const { seats, serial } = sales;
  return {
    measured: new Date().toISOString().slice(0, 10),
    elsewhere: Math.max(
      ...[sales, queue, reads].flatMap((rows) => Object.values(rows).map(({ cpu }) => cpu.elsewhere ?? 0)),
    ),
    operations: {
      hold: costOf(seats),
      confirm: costOf(sales.confirm),
      // Neither asks PostgreSQL: what it did meanwhile was its own.
      check: { ...costOf(queue.check), postgres: 0 },
      poll: { ...costOf(queue.status), postgres: 0 },
      event: readingOf(reads.event),
      seats: readingOf(reads.status),
    },
    batches: {
      alone: { ...costOf(serial), generator: figure(serial, 'generatorUs'), p50Ms: figure(serial, 'p50') },
      full: { ...costOf(seats), generator: figure(seats, 'generatorUs'), size: figure(seats, 'batch') },
    },
    memory,
  };
}

function costOf(row: RowResult | undefined): Cost {
  return {
    service: figure(row, 'serviceUs'),
    postgres: figure(row, 'postgresUs'),
    redis: figure(row, 'redisUs'),
  };
}

/** Public reads come from memory. What changes meanwhile costs PostgreSQL something, and is not theirs. */
function readingOf(row: RowResult | undefined): Cost {
  if (!row?.rate || !row.cpu.service) throw new Error('The bench says nothing of a public read');
  return { service: Math.round((row.cpu.service * 100_000) / row.rate) / 10, postgres: 0, redis: 0 };
}

function figure(row: RowResult | undefined, name: string): number {
  const value = row?.costs?.[name];
  if (value === undefined) throw new Error(`The bench says nothing of ${name}`);
  return Math.round(value * 10) / 10;
}
