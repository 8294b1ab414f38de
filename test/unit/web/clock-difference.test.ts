import { expect, test } from 'vitest';
import { compare, startWith } from '../../../src/web/shared/clock-difference.ts';

const UNKNOWN = startWith(0);
const NOON = Date.parse('2026-11-26T12:00:00Z');
const HOUR = 3_600_000;
/** A call that the service answers in the middle, at a time of its own clock. */
const call = (browser: number, service: number, took = 100) => ({
  askedAt: browser - took / 2,
  answeredAt: browser + took / 2,
  date: Math.floor(service / 1_000) * 1_000,
});

test('a wrong clock of the browser is noticed, and the quickest answer says best by how much', () => {
  const slow = compare(UNKNOWN, call(NOON, NOON + HOUR, 4_000));
  expect(slow.ahead).toBeCloseTo(HOUR, -3.2);
  const quick = compare(slow, call(NOON, NOON + HOUR, 20));
  expect(Math.abs(quick.ahead - HOUR)).toBeLessThanOrEqual(500);
  expect(compare(quick, call(NOON, NOON + HOUR + 400, 3_000))).toBe(quick);
});

test('a clock that is right, but for what seconds can show, stays as it is', () => {
  for (const off of [-900, 0, 900])
    expect(compare(UNKNOWN, call(NOON, NOON + off))).toEqual({ ahead: 0, spread: 100 });
});

test('a browser whose clock is set under an open page follows the service again, also by a slower answer', () => {
  const before = compare(UNKNOWN, call(NOON + HOUR, NOON, 20));
  expect(before.ahead).toBeCloseTo(-HOUR, -3.2);
  const { ahead } = compare(before, call(NOON, NOON, 200));
  expect(ahead).toBe(0);
});

test('an answer without a date, and one during which the clock was set back, say nothing', () => {
  const known = compare(UNKNOWN, call(NOON, NOON + HOUR));
  expect(compare(known, { ...call(NOON, NOON), date: Number.NaN })).toBe(known);
  expect(compare(known, { askedAt: NOON, answeredAt: NOON - HOUR, date: NOON })).toBe(known);
});
