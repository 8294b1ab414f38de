import { parseArgs } from 'node:util';
import { Ends } from '../bench/ends.ts';
import { runSales } from './sales/run.ts';
import { runQueue } from './waiting-room/run.ts';
import { runWatchers } from './watchers/run.ts';

/*
 * Runs the service under load and faults, and checks what its clients recorded. The exit code is 1 if a check finds a violation.
 */
const USAGE = `npm run test:faults [-- sales | queue | watchers] [--outage] [--history <file>]

  sales      two instances, while PostgreSQL, Redis, the instances and the clients fail one after the other;
             PostgreSQL switches over to its standby, and the master of Redis is demoted, with connections open;
             an event is cancelled, whose instance is killed in the middle, and everything is delivered as webhooks
  queue      20,000 buyers in the waiting room of three instances; two of them are killed, Redis is flushed,
             its master is demoted and PostgreSQL switches over, with connections open
  watchers   2,000 watchers of an event that three instances sell for a minute; one of them is killed, and Redis is away for 10 s and
             forgets everything
  --outage   queue: stops Redis for a moment instead of flushing it; it comes back empty
  --history  queue: writes what the buyers recorded into the file, as JSON
`;
const BOUND_MS = 240_000;
const runs = { sales: runSales, queue: runQueue, watchers: runWatchers };
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
    note('all processes ended');
  }
}
process.exit();
