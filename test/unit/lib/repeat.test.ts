import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { every } from '../../../src/lib/repeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ignore = () => undefined;

test('works again and again, first after one pause', async () => {
  const work = vi.fn(async () => undefined);
  const stop = every(100, work, ignore);
  await vi.advanceTimersByTimeAsync(99);
  expect(work).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(201);
  expect(work).toHaveBeenCalledTimes(3);
  await stop();
});

test('the first pause may be another one', async () => {
  const work = vi.fn(async () => undefined);
  const stop = every(1_000, work, ignore, 10);
  await vi.advanceTimersByTimeAsync(10);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(2);
  await stop();
});

test('never works twice at once: the pause begins when a round is over', async () => {
  let atOnce = 0;
  let most = 0;
  let rounds = 0;
  const work = async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 250));
    atOnce--;
    rounds++;
  };
  const stop = every(100, work, ignore);
  await vi.advanceTimersByTimeAsync(3 * 350);
  expect({ most, rounds }).toEqual({ most: 1, rounds: 3 });
  await stop();
});

test.each([
  ['rejects', () => Promise.reject(new Error('broken'))],
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
])('a round that %s is reported, and followed by the next one', async (_how, work) => {
  const errors: string[] = [];
  const stop = every(100, work, ({ message }) => errors.push(message));
  await vi.advanceTimersByTimeAsync(250);
  expect(errors).toEqual(['broken', 'broken']);
  await stop();
});

test('once ended, no round starts, and the end waits for the one under way', async () => {
  const letGo = Promise.withResolvers<void>();
  const work = vi.fn(() => letGo.promise);
  const stop = every(100, work, ignore);
  await vi.advanceTimersByTimeAsync(100);
  let stopped = false;
  const end = stop().then(() => {
    stopped = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stopped).toBe(false);
  letGo.resolve();
  await end;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).toHaveBeenCalledTimes(1);
});

test('ended before the first round, it never works', async () => {
  const work = vi.fn(async () => undefined);
  await every(100, work, ignore)();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(work).not.toHaveBeenCalled();
});
