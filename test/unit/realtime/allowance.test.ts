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

test('fifty events at once are allowed, and twenty a second from then on', () => {
  const allowance = new Allowance();
  expect(taken(allowance, 60)).toBe(50);
  vi.advanceTimersByTime(1_000);
  expect(taken(allowance, 60)).toBe(20);
  vi.advanceTimersByTime(60_000);
  expect(taken(allowance, 60)).toBe(50);
});

test('who keeps to twenty a second is never refused', () => {
  const allowance = new Allowance();
  for (let second = 0; second < 100; second++) {
    expect(taken(allowance, 20)).toBe(20);
    vi.advanceTimersByTime(1_000);
  }
});

test('who goes on after 200 refusals is an abuser, also one who is let through now and then', () => {
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

test('who is too fast now and then, and quiet in between, is not', () => {
  const allowance = new Allowance();
  for (let time = 0; time < 20; time++) {
    taken(allowance, 100);
    vi.advanceTimersByTime(10_000);
  }
  expect(allowance.isAbused).toBe(false);
});
