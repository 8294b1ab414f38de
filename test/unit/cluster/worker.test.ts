import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ToWorker, WORKER_ID, WORKERS_KEY } from '../../../src/cluster/messages.ts';
import { thisWorker, type Worker } from '../../../src/cluster/worker.ts';
import { isUnavailable } from '../../../src/errors/unavailable.ts';

/* A worker in the process of the test, which is its primary. */

const EVENTS = ['message', 'SIGTERM', 'SIGINT'] as const;
let worker: Worker;
let hear: (message: ToWorker) => void;
const { send } = process;

beforeEach(() => {
  process.send = () => true;
  const before = EVENTS.map((event) => process.listeners(event as 'message'));
  vi.stubEnv(WORKER_ID, 'test-1');
  vi.stubEnv(WORKERS_KEY, 'a key');
  worker = thisWorker() as Worker;
  vi.unstubAllEnvs();
  for (const [index, event] of EVENTS.entries()) {
    const own = process.listeners(event as 'message').filter((each) => !before[index]?.includes(each));
    if (event === 'message') hear = own[0] as never;
    for (const each of own) process.off(event, each);
  }
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  if (send) process.send = send;
  else delete process.send;
});

test('what the primary keeps is told to each who asks, in turn', async () => {
  const asked = [worker.remains([]), worker.remains([])];
  hear({ kind: 'remains', metrics: [[]] });
  hear({ kind: 'remains', metrics: [[], []] });
  expect(await Promise.all(asked)).toEqual([[[]], [[], []]]);
});

test('without what the primary keeps there are no metrics, because counters would fall', async () => {
  const asked = worker.remains([]).catch((error: Error) => error);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isUnavailable(await asked)).toBe(true);
  // The late answer is not that of the next question.
  const next = worker.remains([]);
  hear({ kind: 'remains', metrics: [] });
  hear({ kind: 'remains', metrics: [[]] });
  expect(await next).toEqual([[]]);
});
