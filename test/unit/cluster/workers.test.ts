import cluster from 'node:cluster';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

test('a message that does not reach a running worker leaves the others and the primary as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiketi-workers-'));
  const workers = new Workers({
    program: join(import.meta.dirname, 'closing-worker.ts'),
    count: 1,
    environment: { LOG: join(folder, 'log') },
    delayMs: 0,
    log: pino({ level: 'silent' }),
    onFailure: () => undefined,
  });
  await workers.start();
  const [child] = Object.values(cluster.workers ?? {});
  for (const error of [new Error('EPIPE'), new Error('EPIPE')]) child?.emit('error', error);
  await workers.close();
  // It was told to stop, since it still counted as running.
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('1 closed\n1 heard\n');
  rmSync(folder, { recursive: true });
});
