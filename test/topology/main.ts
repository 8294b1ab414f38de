import { Ends } from '../bench/ends.ts';
import { runScenario } from './run.ts';
import { scenarios } from './scenarios.ts';

/*
 * Builds topologies of real servers, sells on them, breaks them, and checks what the clients recorded. The exit code is 1 if a check
 * finds a violation, and if a scenario that is named can't be run.
 */
const BOUND_MS = 150_000;

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(scenarios);
if (names.some((name) => !Object.hasOwn(scenarios, name))) {
  const lines = Object.entries(scenarios).map(([name, { about }]) => `  ${name.padEnd(24)}${about}`);
  process.stderr.write(`npm run test:topology [-- <name> …]\n\n${lines.join('\n')}\n`);
  process.exit(2);
}

const started = performance.now();
const note = (line: string) =>
  process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}\n`);
let ends = new Ends();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void ends.run().then(() => process.exit(130)));

const verdicts: string[] = [];
for (const name of names) {
  const scenario = scenarios[name] as (typeof scenarios)[string];
  const lacks = scenario.lacks?.();
  if (lacks !== undefined) {
    verdicts.push(`${name}: not run, because this machine lacks ${lacks}`);
    // A run that names it asks for its verdict.
    if (process.argv.length > 2) process.exitCode = 1;
    continue;
  }
  ends = new Ends();
  const bound = setTimeout(() => {
    note(`not done within ${BOUND_MS / 1_000} s`);
    void ends.run().then(() => process.exit(1));
  }, BOUND_MS);
  try {
    const holds = await runScenario(name, scenario, ends, note);
    verdicts.push(`${name}: ${holds ? 'holds' : 'VIOLATED'}`);
    if (!holds) process.exitCode = 1;
  } finally {
    clearTimeout(bound);
    await ends.run();
  }
}
process.stdout.write(`${verdicts.join('\n')}\n`);
process.exit();
