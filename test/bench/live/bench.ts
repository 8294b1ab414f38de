import { makeBed } from '../bed.ts';
import { COMMIT_TIMES } from '../commits.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import { runChanges } from './changes.ts';
import { runIdle } from './idle.ts';

export const liveRows = ['changes', 'idle'];

/** No buyer has to wait. All other settings are the defaults. */
const ENVIRONMENT = { QUEUE_THRESHOLD: '10000000', HOLD_SECONDS: '7200' };

export async function benchLive(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { rows, profile, note, ...pace } = bench;
  const environment = { ...ENVIRONMENT, ...bench.environment };
  const bed = await makeBed(ends, { note, profile, settings: COMMIT_TIMES });
  const results: RowResult[] = [];
  if (rows.includes('changes')) {
    note('changes to thousands of sockets …');
    results.push(await runChanges(bed, environment, pace));
  }
  if (rows.includes('idle')) {
    note('idle sockets …');
    results.push(await runIdle(bed, environment));
  }
  return results;
}
