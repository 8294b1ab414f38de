import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as contract from '../../../src/contract/routes.ts';
import { type Bed, makeBed } from '../bed.ts';
import { clear } from '../catalogue.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { chartOf } from './chart.ts';
import { type Grown, grow, type Series, toLines, toRow } from './growth.ts';
import { growHistory } from './history.ts';
import { growInstances } from './instances.ts';
import { pairsInHalls, seatsInHalls, seatsOfEvents } from './offers.ts';
import { requestsFor, sell } from './sell.ts';
import { growWaiting } from './waiting.ts';

export const growthRows = ['hall', 'best', 'events', 'history', 'instances', 'waiting'];

const CHART = fileURLToPath(new URL('../../../docs/images/growth.svg', import.meta.url));
/** No buyer has to wait, and no hold expires early. All other settings are the defaults. */
const ENVIRONMENT = { QUEUE_THRESHOLD: '10000000', HOLD_SECONDS: '7200' };
const HALLS = [500, 2_000, 10_000, 100_000];
const EVENTS = [1, 10, 100, 1_000, 10_000];

/** What one sale costs as the work around it grows. */
export async function benchGrowth(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { rows, profile, note } = bench;
  const environment = { ...ENVIRONMENT, ...bench.environment };
  const bed = await makeBed(ends, { note, profile });
  const pace = { ...bench, environment };
  let service: Service | undefined;
  const onOne =
    (sizes: number[], offerOf: typeof seatsInHalls, path?: string) => async (): Promise<Grown> => {
      service ??= await bed.startService('growth', environment);
      return await growOffers(bed, service, { sizes, offerOf, path }, pace);
    };
  const runs: Record<string, [title: string, unit: string, () => Promise<Grown>]> = {
    hall: ['A larger hall', 'seats of the hall', onOne(HALLS, seatsInHalls)],
    best: [
      'Best available in a larger hall',
      'seats of the hall',
      onOne(HALLS, pairsInHalls, contract.holdBestAvailable.url),
    ],
    events: ['More events on sale at once', 'events', onOne(EVENTS, seatsOfEvents)],
    history: ['More old reservations', 'reservations', () => growHistory(bed, pace)],
    instances: ['More instances on one PostgreSQL', 'instances', () => growInstances(bed, pace)],
    waiting: ['A longer line', 'users waiting', () => growWaiting(bed, pace)],
  };
  const series: Series[] = [];
  for (const [name, [title, unit, run]] of Object.entries(runs)) {
    if (!rows.includes(name)) continue;
    note(`${title} …`);
    const each = { name, title, unit, ...(await run()) };
    series.push(each);
    for (const line of toLines(each)) note(line);
  }
  if (growthRows.every((row) => rows.includes(row))) writeFileSync(CHART, chartOf(series));
  return series.map(toRow);
}

/** Sells offers of each size on one service. */
async function growOffers(
  bed: Bed,
  service: Service,
  { sizes, offerOf, path }: { sizes: number[]; offerOf: typeof seatsInHalls; path: string | undefined },
  { seconds, rounds }: Bench,
): Promise<Grown> {
  return await grow(sizes, rounds, async (size) => {
    const sale = await offerOf(service.pool, size, requestsFor(seconds));
    const sold = await sell(bed, [service], { ...sale, seconds, ...(path && { path }) });
    await clear(service.pool);
    return sold;
  });
}
