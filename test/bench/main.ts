import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CALIBRATORS } from './calibrators.ts';
import { Ends } from './ends.ts';
import { benchGrowth, growthRows } from './growth/bench.ts';
import { benchLive, liveRows } from './live/bench.ts';
import { benchQueue, queueRows } from './queue/bench.ts';
import { benchReads, readRows } from './reads/bench.ts';
import { doubts, passes } from './result.ts';
import { benchSales, salesRows } from './sales/bench.ts';
import { toTable } from './table.ts';
import { benchWeb, webRows } from './web/bench.ts';

const benches = {
  sales: { rows: salesRows, run: benchSales },
  growth: { rows: growthRows, run: benchGrowth },
  queue: { rows: queueRows, run: benchQueue },
  reads: { rows: readRows, run: benchReads },
  live: { rows: liveRows, run: benchLive },
  web: { rows: webRows, run: benchWeb },
};

const usage = `npm run bench -- <${Object.keys(benches).join('|')}> [--check] [--json] [--only <row>[,<row>]] [--seconds <n>] [--rounds <n>] [--against <calibrator>[,<calibrator>]] [--beside <folder>] [--huge] [--set <NAME=value>]... [--profile <folder>]

  --check     exit code 1 when a row falls short; takes all rows, the huge database too
  --json      the results as JSON, and nothing else
  --only      these rows: ${Object.entries(benches)
    .map(([name, { rows }]) => `${rows.join(', ')} of ${name}`)
    .join('; ')}
  --seconds   how long each measurement takes (3)
  --rounds    how many measurements make a median (3)
  --against   the calibrators to run beside sales: plain,bare,direct if not set
  --beside    another working tree, whose service takes turns with this one's in the rows of sales
  --huge      the row of the huge database too, which takes minutes to fill, and 10,000,000 old reservations in growth
  --set       a variable of the service, to compare settings: --set SEAT_LOCKS=true
  --profile   CPU profiles of the service and PostgreSQL's own statistics of statements, into the folder; figures suffer
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    huge: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string', default: CALIBRATORS.join() },
    beside: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
  },
});
const only = values.only?.split(',');
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const against = values.against.split(',');
const bench = benches[positionals.join() as keyof typeof benches];
const usable =
  bench !== undefined &&
  seconds >= 1 &&
  seconds <= 30 &&
  Number.isInteger(rounds) &&
  rounds >= 1 &&
  rounds <= 15 &&
  (only ?? []).every((row) => bench.rows.includes(row)) &&
  values.set.every((each) => /^[A-Z_]+=/.test(each));
if (values.help || !usable) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const profile = values.profile && resolve(values.profile);
if (profile) mkdirSync(profile, { recursive: true });
const beside = values.beside && resolve(values.beside);
const ends = new Ends();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
    void ends.run();
  });
}
const started = performance.now();
const note = (line: string) => process.stderr.write(`${line}\n`);
try {
  const rows = only ?? bench.rows.filter((row) => row !== 'huge' || values.huge || values.check);
  const environment = Object.fromEntries(values.set.map((each) => each.split(/=(.*)/s).slice(0, 2)));
  const results = await bench.run(ends, {
    rows,
    environment,
    seconds,
    rounds,
    against,
    beside,
    huge: values.huge,
    profile,
    note,
  });
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else process.stdout.write(`\n${toTable(results)}\n`);
  for (const doubt of doubts(results)) note(doubt);
  if (values.check && !results.every(passes)) process.exitCode = 1;
} catch (error) {
  // An interrupted row fails, which needs no report.
  if (!interrupted) throw error;
  process.exitCode = 130;
} finally {
  await ends.run();
  note(`${Math.round((performance.now() - started) / 1_000)} s`);
}
process.exit();
