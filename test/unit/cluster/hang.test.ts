import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Workers } from '../../../src/cluster/workers.ts';
import { eventually } from '../../support/wait.ts';

test('a worker that hangs is shown to the others as silent, then ended, and another one takes its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiketi-workers-'));
  // A set: what takes longer to end than the next ping is ended again.
  const lines = new Set<string>();
  const workers = new Workers({
    program: join(import.meta.dirname, 'hanging-worker.ts'),
    count: 2,
    environment: { FOLDER: folder },
    delayMs: 0,
    // The other worker counts as hung as well if it is late by 30 of them.
    pingEveryMs: 100,
    log: pino({ base: null, timestamp: false }, { write: (line) => void lines.add(line) }),
    onFailure: () => undefined,
  });
  await workers.start();
  const silent = () => readFileSync(join(folder, 'silent'), 'utf8');
  await eventually(() => expect(silent()).toMatch(/^1$/m), { timeout: 15_000 });
  await eventually(() => expect(lines.size).toBe(2), { timeout: 15_000 });
  expect([...lines].map((line) => JSON.parse(line))).toEqual([
    { level: 50, worker: 1, msg: 'a worker hangs and is ended' },
    {
      level: 50,
      worker: 1,
      code: null,
      signal: 'SIGKILL',
      msg: 'a worker ended, another one takes its place',
    },
  ]);
  // Once without worker 1, and once with the one that takes its place.
  await eventually(() => expect(silent()).toMatch(/^1\n\n\n$/m), { timeout: 15_000 });
  await workers.close();
  rmSync(folder, { recursive: true });
});
