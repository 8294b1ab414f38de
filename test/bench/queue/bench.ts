import { makeBed } from '../bed.ts';
import type { Ends } from '../ends.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { runAdmit } from './admit.ts';
import { runBroadcast } from './broadcast.ts';
import { runCheck } from './check.ts';
import { runMemory } from './memory.ts';
import { runMillion } from './million.ts';
import { runStatus } from './status.ts';

export const queueRows = ['check', 'status', 'million', 'memory', 'admit', 'broadcast'];

/** A low threshold, and a time to live longer than it takes to fill a line. All other settings are the defaults. */
const ENVIRONMENT = { QUEUE_THRESHOLD: '100', QUEUE_TTL_SECONDS: '7200' };

export async function benchQueue(ends: Ends, bench: Bench): Promise<RowResult[]> {
  const { rows, profile, note } = bench;
  const environment = { ...ENVIRONMENT, ...bench.environment };
  const asked = { ...bench, environment };
  const bed = await makeBed(ends, { note, profile });
  let service: Service | undefined;
  const onService = async () => {
    service ??= await bed.startService('queue', environment);
    return service;
  };
  const runs: Record<string, [string, () => Promise<RowResult>]> = {
    check: ['check by distinct users', async () => runCheck(bed, await onService(), asked)],
    status: ['status in a line', async () => runStatus(bed, await onService(), asked)],
    million: ['check and status in a long line', async () => runMillion(bed, await onService(), asked)],
    memory: ['memory', () => runMemory(bed, environment)],
    admit: ['admitting', () => runAdmit(bed, environment, asked)],
    broadcast: ['a broadcast to thousands of sockets', () => runBroadcast(bed, environment, asked)],
  };
  const results: RowResult[] = [];
  for (const [row, [title, run]] of Object.entries(runs)) {
    if (!rows.includes(row)) continue;
    note(`${title} …`);
    results.push(await run());
  }
  return results;
}
