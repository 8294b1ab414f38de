import { setTimeout as sleep } from 'node:timers/promises';
import { Ends } from '../bench/ends.ts';
import { makeBed } from './bed.ts';
import { check } from './checker.ts';
import { closeConnections } from './client.ts';
import { takeDump } from './dump.ts';
import { runFaults } from './faults.ts';
import { startLoad } from './load.ts';
import { toReport } from './report.ts';

/*
 * `npm run test:faults`: two instances under load, and everything they stand on broken under them, one thing after the other.
 * Every answer is written down; in the end a checker holds them against the database. Exit code 1 on anything that it finds.
 */
const BOUND_MS = 240_000;
/** For holds that run out at the very end to be swept. */
const SETTLE_MS = 3_000;

const ends = new Ends();
const note = (line: string) =>
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
const started = performance.now();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void ends.run().then(() => process.exit(130)));
}
setTimeout(() => {
  note(`not done within ${BOUND_MS / 1_000} s`);
  void ends.run().then(() => process.exit(1));
}, BOUND_MS).unref();

try {
  note('starting PostgreSQL, Redis and two instances');
  const bed = await makeBed(ends);
  const load = startLoad(bed.stage);
  note('load');
  const windows = await runFaults(bed, load, note);
  await load.stop();
  await sleep(SETTLE_MS);
  note('checking');
  const evidence = { history: load.history, windows, dump: await takeDump(bed.db) };
  const violations = check(evidence);
  process.stdout.write(`\n${toReport(evidence, violations)}\n`);
  if (violations.length > 0) process.exitCode = 1;
} finally {
  closeConnections();
  await ends.run();
  note('everything ended');
}
process.exit();
