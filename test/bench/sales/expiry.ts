import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Bed } from '../bed.ts';
import { clear, offer } from '../catalogue.ts';
import { prepareLoad, unexpected, WARM_SECONDS } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenAnswers, brokenPromises } from '../promises.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { writeHolds } from './holds.ts';
import { warmUp } from './rush.ts';
import { freeSeats } from './rushes.ts';

const HOLDS = 50_000;
/** The time from writing the holds to their end. Writing them must fit in. */
const LEAD_MS = 10_000;
const BEFORE_MS = 2_500;
const PATIENCE_MS = 20_000;
const POLL_MS = 100;
const BUCKET_MS = 100;
/** A rate over a shorter time says little. */
const LEAST_WINDOW_MS = 1_000;

/** @returns ms from `ends` until no hold is overdue */
async function untilBack(pool: pg.Pool, ends: number): Promise<number> {
  await sleep(ends - Date.now());
  for (;;) {
    const { rows } = await pool.query<{ overdue: boolean }>(
      `SELECT EXISTS (SELECT FROM reservations WHERE status = 'pending' AND expires_at <= now()) AS overdue`,
    );
    const ms = Date.now() - ends;
    if (!rows[0]?.overdue || ms > PATIENCE_MS) return ms;
    await sleep(POLL_MS);
  }
}

function rateBetween({ timeline, startedAt }: LoadResult, from: number, until: number): number {
  const first = Math.ceil((from - startedAt) / BUCKET_MS);
  const last = Math.floor((until - startedAt) / BUCKET_MS);
  const counts = timeline.slice(Math.max(0, first), last);
  return counts.reduce((sum, count) => sum + count, 0) / ((counts.length * BUCKET_MS) / 1_000);
}

export async function runExpiry(bed: Bed, service: Service, { rounds }: Pace): Promise<RowResult> {
  const { pool, port, pid } = service;
  const seconds = (BEFORE_MS + PATIENCE_MS / 2) / 1_000;
  const requests = await warmUp(bed, freeSeats, seconds / 1.5);
  const results: LoadResult[] = [];
  const figures: { before: number; during: number; back: number }[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const sale = await offer(pool, { seats: HOLDS + requests });
    const onSale = { ...sale, seatIds: sale.seatIds.slice(HOLDS) };
    await prepareLoad(bed, {
      ...{
        port,
        path: freeSeats.path,
        users: requests,
        requests,
        seconds,
        parts: { service: pid, ...bed.parts },
      },
      bodies: freeSeats.bodies(onSale),
    });
    const ends = Date.now() + LEAD_MS;
    await writeHolds(pool, sale.seatIds.slice(0, HOLDS), ends);
    const spare = ends - Date.now() - BEFORE_MS - WARM_SECONDS * 1_000;
    if (spare < 0) problems.push('the machine is too slow: the holds expired before the sale began');
    await sleep(Math.max(0, spare));

    const selling = bed.generator.call('run', undefined);
    const back = await untilBack(pool, ends);
    await sleep(Math.max(0, LEAST_WINDOW_MS - back));
    await bed.generator.call('stop', undefined);
    const result = await selling;
    results.push(result);
    figures.push({
      before: rateBetween(result, ends - BEFORE_MS, ends),
      during: rateBetween(result, ends, ends + Math.max(back, LEAST_WINDOW_MS)),
      back,
    });
    problems.push(...(await stillHeld(pool, sale.seatIds.slice(0, HOLDS))), ...unexpected(result, ['201']));
    problems.push(
      ...(await brokenPromises(pool)),
      ...(await brokenAnswers(pool, sale.eventId, result, HOLDS)),
    );
    await clear(pool);
  }
  return {
    name: 'expiry',
    title: `${HOLDS.toLocaleString('en')} holds expire while selling`,
    rate: median(figures.map(({ during }) => during)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [
      {
        of: 'seconds until all are free',
        value: median(figures.map(({ back }) => back)) / 1_000,
        target: 8,
        atMost: true,
      },
      {
        of: 'before',
        value: median(figures.map(({ before, during }) => during / before)),
        target: 0.8,
        reference: median(figures.map(({ before }) => before)),
      },
    ],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

async function stillHeld(pool: pg.Pool, seatIds: string[]): Promise<string[]> {
  const { rowCount } = await pool.query(`SELECT FROM seats WHERE id = ANY ($1) AND status <> 'available'`, [
    seatIds,
  ]);
  return rowCount ? [`${rowCount} seats of expired holds are not free`] : [];
}
