// `npm run simulate` prints the tables of docs/scale.md, made from the measured costs in costs.json, and the rush of the bench on paper. With
// --measure it measures the costs anew and writes both files. With --compare it measures that rush, too, and fails if it is 25 % off.

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { readCosts, writeCosts } from './costs.ts';
import { SCALE, withTables } from './document.ts';
import { measureCosts } from './measure.ts';
import { playRush } from './sale.ts';
import { costTable, saleTable } from './tables.ts';

const { values } = parseArgs({
  options: {
    measure: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
  },
});
const page = join(import.meta.dirname, '../..', SCALE);
const cores = availableParallelism();

if (values.measure) writeCosts(await measureCosts(readCosts()));
if (values.measure || values.write) writeFileSync(page, withTables(readFileSync(page, 'utf8')));
const costs = readCosts();
if (values.compare) {
  const { report, close } = await compare(costs, cores);
  console.log(report);
  if (!close) process.exitCode = 1;
} else {
  const { rate, p50Ms, batch } = await playRush(costs, { cores, connections: 64, seconds: 3 });
  console.log(`${costTable(costs)}\n\n${saleTable(costs)}\n`);
  console.log(
    `64 connections on ${cores} cores: ${rate.toFixed(0)} holds a second, p50 ${p50Ms.toFixed(1)} ms, batches of ${batch.toFixed(1)}`,
  );
}
