import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Poller, pauseMs } from '../../../../src/web/console/live/poller.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('failures in a row slow the reading down to twice a minute', () => {
  expect([0, 1, 2, 3, 4, 9].map((failures) => pauseMs(2_000, failures))).toEqual([
    2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('one read at a time, every two seconds, until it is stopped', async () => {
  const answers: (() => void)[] = [];
  const poller = new Poller(() => new Promise<void>((resolve) => answers.push(resolve)), 2_000);
  poller.start();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(answers).toHaveLength(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(answers).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(answers).toHaveLength(2);
  poller.stop();
  answers[1]?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers).toHaveLength(2);
});

test('a read that gets no answer within ten seconds is given up, and tried again', async () => {
  vi.useRealTimers();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  let reads = 0;
  const poller = new Poller((signal) => {
    reads += 1;
    return signal.aborted ? Promise.reject(signal.reason) : new Promise(() => {});
  }, 1);
  poller.start();
  await vi.waitFor(() => expect(reads).toBeGreaterThan(1));
  expect(timeout).toHaveBeenCalledWith(10_000);
  poller.stop();
  timeout.mockRestore();
});
