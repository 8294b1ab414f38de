import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { WorkerFailed } from '../../../src/cluster/worker-failed.ts';
import { Workers } from '../../../src/cluster/workers.ts';

test('a worker that crashed and fails at each start ends the service with its code, after longer and longer waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiketi-workers-'));
  const lines: object[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  const failed = Promise.withResolvers<WorkerFailed>();
  const workers = new Workers({
    program: join(import.meta.dirname, 'worker.ts'),
    count: 1,
    environment: { SERVED: join(folder, 'served') },
    delayMs: 0,
    log,
    onFailure: failed.resolve,
  });
  expect(await workers.start()).toBe('http://127.0.0.1:1');
  expect(existsSync(join(folder, 'served'))).toBe(true);
  const begun = performance.now();
  expect((await failed.promise).code).toBe(7);
  // 0.1, 0.2, 0.4, 0.8 and 1.6 seconds.
  expect(performance.now() - begun).toBeGreaterThan(3_000);
  expect(lines).toEqual([
    { level: 50, worker: 1, code: 3, signal: null, msg: 'a worker ended, another one takes its place' },
    ...[1, 2, 3, 4, 5].map((attempt) => ({ level: 50, worker: 1, attempt, msg: 'a worker did not start' })),
    { level: 60, worker: 1, msg: 'no other worker takes its place: the service ends' },
  ]);
  await workers.close();
  rmSync(folder, { recursive: true });
});
