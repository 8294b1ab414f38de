import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Bed } from '../bed.ts';
import { clear } from '../catalogue.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenPromises } from '../promises.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { runOnService, warmUp } from './rush.ts';
import { freeSeats } from './rushes.ts';

/** Selling seats while a subscription wants payments, in turns with none. No payment is made, so that it is the look alone that costs. */
export async function runSubscriber(
  bed: Bed,
  service: Service,
  { seconds, rounds }: Pace,
): Promise<RowResult> {
  const { pool } = service;
  const requests = await warmUp(bed, freeSeats, seconds);
  await runOnService(bed, service, freeSeats, requests, seconds);
  await clear(pool);
  const results: LoadResult[] = [];
  const figures: { without: number; subscribed: number }[] = [];
  const problems: string[] = [];
  const sell = async () => {
    const run = await runOnService(bed, service, freeSeats, requests, seconds);
    problems.push(...run.problems, ...(await brokenPromises(pool)));
    await clear(pool);
    return run.result;
  };
  for (let round = 0; round < rounds; round++) {
    // Which one comes first changes, so that a machine that grows slower meets both.
    const first = round % 2 === 0 ? undefined : await subscribed(pool, sell);
    const without = await sell();
    const result = first ?? (await subscribed(pool, sell));
    results.push(result);
    figures.push({ without: without.rate, subscribed: result.rate });
  }
  return {
    name: 'subscriber',
    title: 'seats while payments have a subscriber',
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [
      {
        of: 'without',
        value: median(figures.map(({ without, subscribed: rate }) => rate / without)),
        target: 0.98,
        reference: median(figures.map(({ without }) => without)),
      },
    ],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

async function subscribed<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  await pool.query(
    `INSERT INTO webhooks (id, created_by, types) VALUES ($1, $1, '{reservation.confirmed}')`,
    [randomUUID()],
  );
  try {
    return await work();
  } finally {
    // Clearing has taken the row, and this settles which types are wanted.
    await pool.query('DELETE FROM webhooks');
  }
}
