import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workers } from '../../../src/cluster/workers.ts';
import { eventually } from '../../support/wait.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tiketi-workers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function workersThat(name: string, environment: Record<string, string>) {
  const started = join(folder, name);
  const workers = new Workers({
    program: join(import.meta.dirname, 'stopping-worker.ts'),
    count: 3,
    environment: { STARTED: started, ...environment },
    delayMs: 0,
    log: pino({ level: 'silent' }),
    onFailure: () => undefined,
  });
  return { workers, started: () => readFileSync(started, 'utf8') };
}

test('a stop while the first worker begins to listen starts no other one, which it would not reach', async () => {
  const { workers, started } = workersThat('serves', {});
  const start = workers.start();
  await eventually(() => expect(started()).toBe('.'));
  workers.stop('SIGTERM');
  await start;
  await workers.close();
  expect(started()).toBe('.');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a worker that %s to the whole group ends during its start has ended in order',
  async (signal) => {
    const { workers, started } = workersThat(signal, { ENDS_BY: signal });
    const start = expect(workers.start()).rejects.toThrow(`ended by ${signal} before it served`);
    await eventually(() => expect(started()).toBe('.'));
    workers.stop(signal);
    await workers.close();
    await start;
  },
);
