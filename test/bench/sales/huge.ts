import type { Bed } from '../bed.ts';
import { clear } from '../catalogue.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenPromises } from '../promises.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { fillHuge, RESERVATIONS, SEATS } from './huge-data.ts';
import { runOnService, warmUp } from './rush.ts';
import { freeSeats } from './rushes.ts';

/** The same rush on a database with years of sales and on an empty one, in turns. */
export async function runHuge(
  bed: Bed,
  small: Service,
  startHuge: () => Promise<Service>,
  { seconds, rounds, note }: Pace & { note(line: string): void },
): Promise<RowResult> {
  const huge = await startHuge();
  await fillHuge(huge.pool, note);
  const requests = await warmUp(bed, freeSeats, seconds);
  const figures: { small: number; huge: number; [figure: string]: number }[] = [];
  const results: LoadResult[] = [];
  const problems: string[] = [];
  // The first run on each warms up its caches.
  for (let round = -1; round < rounds; round++) {
    const onSmall = await runOnService(bed, small, freeSeats, requests, seconds);
    await clear(small.pool);
    const onHuge = await runOnService(bed, huge, freeSeats, requests, seconds);
    problems.push(...onHuge.problems, ...(await brokenPromises(huge.pool, onHuge.eventId)));
    if (round < 0) continue;
    results.push(onHuge.result);
    figures.push({
      small: onSmall.result.rate,
      huge: onHuge.result.rate,
      smallP99: onSmall.result.p99,
      hugeP99: onHuge.result.p99,
      smallWal: onSmall.costs.wal ?? 0,
      hugeWal: onHuge.costs.wal ?? 0,
      smallPostgresUs: onSmall.costs.postgresUs ?? 0,
      hugePostgresUs: onHuge.costs.postgresUs ?? 0,
    });
  }
  await huge.stop();
  return {
    name: 'huge',
    title: `${SEATS / 1e6} M seats, ${RESERVATIONS / 1e6} M reservations`,
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [
      {
        of: 'small',
        value: median(figures.map((figure) => figure.huge / figure.small)),
        target: 0.85,
        reference: median(figures.map((figure) => figure.small)),
      },
    ],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}
