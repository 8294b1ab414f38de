import { makeBed } from '../bed.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import { countStatements } from '../statements.ts';
import { runExpiry } from './expiry.ts';
import { runHuge } from './huge.ts';
import { runStep, steps } from './lifecycle.ts';
import { runOverview } from './overview.ts';
import { runRush } from './rush.ts';
import { isOffered, rushes } from './rushes.ts';
import { runSubscriber } from './subscriber.ts';
import { runWorkers } from './workers.ts';

export const salesRows = [
  ...rushes.map(({ name }) => name),
  ...Object.keys(steps),
  ...['workers', 'subscriber', 'overview', 'expiry', 'huge'],
];

/** No buyer has to wait, and no hold expires early. All other settings are the defaults. */
const ENVIRONMENT = { QUEUE_THRESHOLD: '10000000', HOLD_SECONDS: '7200' };

export async function benchSales(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { rows, profile, note, beside: tree, ...pace } = bench;
  const environment = { ...ENVIRONMENT, ...bench.environment };
  const bed = await makeBed(ends, { note, profile });
  const service = await bed.startService('small', environment);
  const beside = tree === undefined ? undefined : await bed.startService('beside', environment, tree);
  const statements = profile ? await countStatements(service.pool, profile) : undefined;
  const results: RowResult[] = [];
  for (const rush of rushes) {
    if (!rows.includes(rush.name)) continue;
    note(`${rush.title} …`);
    if (isOffered(rush)) results.push(await runRush(bed, service, rush, { ...pace, statements, beside }));
    else note(`  skipped: the service has no ${rush.path}`);
  }
  for (const [name, { title }] of Object.entries(steps)) {
    if (!rows.includes(name)) continue;
    note(`${title} …`);
    results.push(await runStep(bed, service, name, { ...pace, beside }));
  }
  if (rows.includes('workers')) {
    note('several workers …');
    const start = (workers: number) =>
      bed.startService(`workers_${workers}`, { ...environment, WORKERS: String(workers) });
    results.push(await runWorkers(bed, start, pace));
  }
  if (rows.includes('subscriber')) {
    note('a subscriber …');
    results.push(await runSubscriber(bed, service, pace));
  }
  if (rows.includes('overview')) {
    note('an overview while selling …');
    results.push(await runOverview(bed, service, pace));
  }
  if (rows.includes('expiry')) {
    note('expiring holds …');
    results.push(await runExpiry(bed, service, pace));
  }
  if (rows.includes('huge')) {
    note('a huge database …');
    results.push(await runHuge(bed, service, () => bed.startService('huge', environment), { ...pace, note }));
  }
  await service.stop();
  return results;
}
