import * as contract from '../../../src/contract/routes.ts';
import { makeBed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import { COMMIT_TIMES } from '../commits.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { ReaderCalls } from '../processes/reader.ts';
import type { RowResult } from '../result.ts';
import { fillCatalogue } from './catalogue.ts';
import { compare, type Stage } from './compare.ts';
import { runHall } from './hall.ts';
import { EVENTS, LARGE_HALL, reads, SMALL_HALL } from './rows.ts';

export const readRows = [...Object.keys(reads), 'hall'];

/** No buyer has to wait, and one address may read as much as it can. All other settings are the defaults. */
const ENVIRONMENT = {
  QUEUE_THRESHOLD: '10000000',
  HOLD_SECONDS: '7200',
  LARGE_ANSWERS_MB_PER_SECOND: '0',
};
const FEW_EVENTS = 200;

export async function benchReads(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { rows, profile, note, ...pace } = bench;
  const bed = await makeBed(ends, { note, profile, settings: COMMIT_TIMES });
  const service = await bed.startService('reads', { ...ENVIRONMENT, ...bench.environment });
  const stage: Stage = {
    ...{ bed, service, plain: bed.plain },
    reader: bed.startWorker<ReaderCalls>('reader'),
  };
  await fillCatalogue(service.pool, 0, FEW_EVENTS);
  const small = await offer(service.pool, { seats: SMALL_HALL, stock: 1_000 });
  const large = await offer(service.pool, { seats: LARGE_HALL });
  const urls = Object.values(contract).flatMap((route) => ('url' in route ? [route.url as string] : []));

  const results: RowResult[] = [];
  for (const [name, rowOf] of Object.entries(reads)) {
    if (!rows.includes(name)) continue;
    const read = rowOf(small, large);
    note(`${read.title} …`);
    if (!urls.includes(read.url)) {
      note(`  skipped: the service has no ${read.url}`);
      continue;
    }
    if (name === 'search') await fillCatalogue(service.pool, FEW_EVENTS, EVENTS - FEW_EVENTS);
    const result = await compare(stage, { name, ...read }, pace);
    results.push(result);
    note(`  ${Math.round(result.rate ?? 0).toLocaleString('en')}/s`);
  }
  if (rows.includes('hall')) {
    note('selling while others read …');
    results.push(await runHall(stage, large, pace));
  }
  await service.stop();
  return results;
}
