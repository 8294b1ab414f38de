import { parseArgs } from 'node:util';
import { Ends } from '../bench/ends.ts';
import { runSales } from './sales/run.ts';
import { runQueue } from './waiting-room/run.ts';

/*
 * The service under load and under faults, and a checker of what its clients wrote down. Exit code 1 on anything that it finds.
 */
const USAGE = `npm run test:faults [-- sales | queue] [--outage] [--history <file>]

  sales      two instances, and everything that they stand on broken under them
  queue      20,000 buyers in the waiting room of three instances, of which two are killed, and a Redis that is flushed
  --outage   queue: Redis is not flushed, but stopped for a moment, and has nothing when it is back
  --history  queue: writes what the buyers saw into the file, as JSON
`;
const BOUND_MS = 240_000;
const runs = { sales: runSales, queue: runQueue };
type Name = keyof typeof runs;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { history: { type: 'string' }, outage: { type: 'boolean' } },
});
const names = (positionals.length > 0 ? positionals : Object.keys(runs)) as Name[];
if (names.some((name) => !Object.hasOwn(runs, name))) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const started = performance.now();
const note = (line: string) =>
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
let ends = new Ends();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void ends.run().then(() => process.exit(130)));
}

for (const name of names) {
  ends = new Ends();
  const bound = setTimeout(() => {
    note(`not done within ${BOUND_MS / 1_000} s`);
    void ends.run().then(() => process.exit(1));
  }, BOUND_MS);
  try {
    if (!(await runs[name](ends, note, values))) process.exitCode = 1;
  } finally {
    clearTimeout(bound);
    await ends.run();
    note('everything ended');
  }
}
process.exit();
