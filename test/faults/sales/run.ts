import { setTimeout as sleep } from 'node:timers/promises';
import type { Ends } from '../../bench/ends.ts';
import { makeBed } from '../harness/backends.ts';
import { closeConnections } from '../harness/http-client.ts';
import { check } from './checks/checker.ts';
import { takeDump } from './database-dump.ts';
import { runFaults } from './faults.ts';
import { startListeners } from './listeners.ts';
import { startLoad } from './load.ts';
import { toReport } from './report.ts';

/** Time for the sweep of holds that expire at the very end. */
const SETTLE_MS = 3_000;

/**
 * Puts two instances under load and breaks what they depend on, one part after the other. Clients record every answer, and sockets
 * what they hear. In the end a checker compares both with the database.
 *
 * @returns whether the checker found no violation
 */
export async function runSales(ends: Ends, note: (line: string) => void): Promise<boolean> {
  note('starting PostgreSQL, Redis and two instances');
  const bed = await makeBed(ends);
  ends.add(closeConnections);
  const listeners = startListeners(bed.stage);
  ends.add(() => listeners.stop());
  const load = startLoad(bed.stage);
  note('load');
  const windows = await runFaults(bed, load, note);
  await load.stop();
  await sleep(SETTLE_MS);
  listeners.stop();
  note('checking');
  const dump = await takeDump(bed.postgres.primary().connection);
  const { news, presences } = listeners;
  const evidence = { history: load.history, windows, dump, news, presences };
  const violations = check(evidence);
  process.stdout.write(`\n${toReport(evidence, violations)}\n`);
  return violations.length === 0;
}
