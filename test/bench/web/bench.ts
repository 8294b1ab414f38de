import { build } from 'vite';
import { makeBed } from '../bed.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import { runFrames, screens } from './frames.ts';

export const webRows = Object.keys(screens);

/** No buyer has to wait. The pages are those of the image. */
const ENVIRONMENT = { QUEUE_THRESHOLD: '10000000', HOLD_SECONDS: '7200', WEB: 'demo' };

export async function benchWeb(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { profile, note, rows, ...pace } = bench;
  await build({ root: 'src/web', configFile: 'src/web/vite.config.ts', logLevel: 'warn' });
  const bed = await makeBed(ends, { note, profile });
  note('frames of a hall that changes …');
  const results: RowResult[] = [];
  for (const row of rows)
    results.push(await runFrames(bed, ends, { ...ENVIRONMENT, ...bench.environment }, pace, row));
  return results;
}
