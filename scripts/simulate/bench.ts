import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RowResult } from '../../test/bench/result.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** Runs rows of a bench. @returns them by their names */
export async function runBench(
  name: string,
  rows: string[],
  seconds: number,
): Promise<Record<string, RowResult>> {
  const options = ['--only', rows.join(), '--rounds', '1', '--seconds', String(seconds), '--json'];
  // The rate of plain, the one calibrator that is needed, says how many requests a run may have.
  const against = name === 'sales' || name === 'queue' ? ['--against', 'plain'] : [];
  const child = spawn(process.execPath, ['test/bench/main.ts', name, ...options, ...against], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`The bench of ${name} failed`);
  const results: RowResult[] = JSON.parse(output);
  return Object.fromEntries(results.map((result) => [result.name, result]));
}
