import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../../../src/demo/crowd/worker/pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('while thousands arrive, every second request is of a buyer who goes on, and the bound holds', async () => {
  const pace = new Pace(300, 48);
  const begun: string[] = [];
  const note = (lane: 'arrive' | 'goOn') => () => Promise.resolve(begun.push(lane));
  for (let buyer = 0; buyer < 5_000; buyer++) void pace.run('arrive', note('arrive'));
  await vi.advanceTimersByTimeAsync(1_000);
  for (let buyer = 0; buyer < 60; buyer++) void pace.run('goOn', note('goOn'));
  const before = begun.length;
  await vi.advanceTimersByTimeAsync(500);
  expect(begun.slice(before).filter((lane) => lane === 'goOn')).toHaveLength(60);
  // Alone, those who arrive have all of it again.
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun.slice(-250).every((lane) => lane === 'arrive')).toBe(true);
  expect(begun.length).toBeGreaterThan(700);
  expect(begun.length).toBeLessThanOrEqual(750);
});
