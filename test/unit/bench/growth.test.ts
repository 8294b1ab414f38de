import { expect, test } from 'vitest';
import { chartOf } from '../../bench/growth/chart.ts';
import { medianPoints, type Point, slopeOf, slopeOfLogarithm, toRow } from '../../bench/growth/growth.ts';
import { passes } from '../../bench/result.ts';

const SIZES = [10, 1_000, 100_000];
const costing = (cost: (size: number) => number): Point[] =>
  SIZES.map((size) => ({ size, rate: 1_000, serviceUs: cost(size), postgresUs: 1, redisUs: 1 }));
const series = (cost: (size: number) => number) => ({
  ...{ name: 'hall', title: 'A larger hall', unit: 'seats' },
  ...{ points: costing(cost), problems: [] },
});

test('the slope on log-log paper is the exponent of the growth', () => {
  for (const exponent of [0, 0.5, 1, 2])
    expect(slopeOf(SIZES.map((x) => ({ x, y: 3 * x ** exponent })))).toBeCloseTo(exponent);
});

test('a cost that grows as the logarithm does passes, and a faster one falls short', () => {
  expect(passes(toRow(series((size) => 100 * Math.log2(size + 1))))).toBe(true);
  expect(passes(toRow(series(() => 300)))).toBe(true);
  expect(passes(toRow(series((size) => 10 * Math.sqrt(size))))).toBe(false);
  expect(slopeOfLogarithm(SIZES)).toBeGreaterThan(0.1);
});

test('one slow round does not move a point', () => {
  const rounds = [100, 110, 900].flatMap((us) => costing(() => us));
  expect(medianPoints(rounds).map(({ serviceUs }) => serviceUs)).toEqual([110, 110, 110]);
});

test('the chart names every series and every size', () => {
  const chart = chartOf([series((size) => size)]);
  expect(chart).toContain('A larger hall');
  for (const size of ['>10<', '>1 k<', '>100 k<']) expect(chart).toContain(size);
  expect(chart).not.toMatch(/NaN|Infinity|undefined/);
});
