import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addSample,
  byMinute,
  columns,
  HOUR_MS,
  perSecond,
  type Sample,
  sparkline,
} from '../../../../src/web/console/live/trend.ts';

const START = Date.parse('2026-11-26T11:00:00Z');
const every2s = (counts: (number | null)[]): Sample<{ count: number | null }>[] =>
  counts.map((count, index) => ({ at: START + index * 2_000, count }));
const pick = ({ count }: { count: number | null }) => count;

test('a trend keeps one hour', () => {
  const trend: Sample<{ count: number }>[] = [];
  for (let second = 0; second <= 4_000; second += 2)
    addSample(trend, { at: START + second * 1_000, count: second });
  expect(trend[0]?.at).toBe(START + 4_000_000 - HOUR_MS);
  expect(trend).toHaveLength(1_801);
});

test('a rate is the growth of the last ten seconds', () => {
  const trend = every2s([0, 900, 900, 910, 920, 930, 940, 950]);
  expect(perSecond(trend, pick, trend.at(-1)?.at as number)).toBe(5);
});

test('a rate is unknown before the second sample, and for figures that the user may not see', () => {
  expect(perSecond(every2s([5]), pick, START)).toBeNull();
  expect(perSecond(every2s([5, 6]), pick, START + 60_000)).toBeNull();
  expect(perSecond(every2s([null, null]), pick, START + 2_000)).toBeNull();
});

test('a rate is never negative, whatever is cancelled', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 2, maxLength: 6 }), (counts) => {
      const trend = every2s(counts);
      const now = trend.at(-1)?.at as number;
      const rate = perSecond(trend, pick, now) as number;
      expect(rate).toBeGreaterThanOrEqual(0);
      const isRising = counts.every((count, index) => index === 0 || count >= (counts[index - 1] as number));
      const [first, last] = [counts[0] as number, counts.at(-1) as number];
      if (isRising) expect(rate).toBeCloseTo((last - first) / ((now - START) / 1_000));
    }),
  );
});

test('a chart is interrupted where the page saw nothing', () => {
  const trend = [...every2s([1, 2]), { at: START + 60_000, count: 3 }];
  expect(columns(trend, [pick])).toEqual([
    [START / 1_000, START / 1_000 + 2, START / 1_000 + 2.001, START / 1_000 + 60],
    [1, 2, null, 3],
  ]);
});

test('a table has the last figure of each minute, the newest first', () => {
  const trend = every2s(Array.from({ length: 61 }, (_, index) => index));
  expect(byMinute(trend).map(({ count }) => count)).toEqual([60, 59, 29]);
});

test('a small line stays in its box', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: -50, max: 9_999 })), { maxLength: 400 }), (counts) => {
      const trend = every2s(counts);
      const path = sparkline(trend, pick, trend.at(-1)?.at ?? START);
      for (const point of path.split(/[ML]/).filter(Boolean)) {
        const [x, y] = point.split(' ').map(Number) as [number, number];
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(100);
        expect(y).toBeGreaterThanOrEqual(2);
        expect(y).toBeLessThanOrEqual(22);
      }
    }),
  );
  expect(sparkline(every2s([7]), pick, START)).toBe('');
});

test('a small line has a gap where the page was hidden', () => {
  const trend = [0, 2_000, 300_000, 302_000].map((later, index) => ({ at: START + later, count: index }));
  expect(sparkline(trend, pick, START + 302_000).match(/[ML]/g)).toEqual(['M', 'L', 'M', 'L']);
});
