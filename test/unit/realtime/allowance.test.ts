import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Allowance } from '../../../src/realtime/allowance.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const taken = (allowance: Allowance, attempts: number) =>
  Array.from({ length: attempts }, () => allowance.take()).filter(Boolean).length;

test('a socket may send fifty events at once, and twenty a second from then on', () => {
  const allowance = new Allowance();
  expect(taken(allowance, 60)).toBe(50);
  vi.advanceTimersByTime(1_000);
  expect(taken(allowance, 60)).toBe(20);
  vi.advanceTimersByTime(60_000);
  expect(taken(allowance, 60)).toBe(50);
});

test('a socket that sends twenty events a second is never refused', () => {
  const allowance = new Allowance();
  for (let second = 0; second < 100; second++) {
    expect(taken(allowance, 20)).toBe(20);
    vi.advanceTimersByTime(1_000);
  }
});

test('a socket that goes on after 200 refusals is abusive, even if some events are allowed', () => {
  const atOnce = new Allowance();
  taken(atOnce, 50 + 200);
  expect(atOnce.isAbused).toBe(false);
  taken(atOnce, 1);
  expect(atOnce.isAbused).toBe(true);

  const steady = new Allowance();
  for (let second = 0; second < 10; second++) {
    taken(steady, 50);
    vi.advanceTimersByTime(1_000);
  }
  expect(steady.isAbused).toBe(true);
});

test('a socket that is too fast now and then, and quiet in between, is not abusive', () => {
  const allowance = new Allowance();
  for (let time = 0; time < 20; time++) {
    taken(allowance, 100);
    vi.advanceTimersByTime(10_000);
  }
  expect(allowance.isAbused).toBe(false);
});
