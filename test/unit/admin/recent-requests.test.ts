import { expect, test } from 'vitest';
import { figuresOf, quantile } from '../../../src/admin/status/figures.ts';
import { RecentRequests } from '../../../src/admin/status/recent-requests.ts';
import { SECONDS } from '../../../src/plugins/metrics/metrics.ts';

const buckets = (counts: Record<number, number> = {}) =>
  Float64Array.from([...SECONDS, Number.POSITIVE_INFINITY], (seconds) => counts[seconds] ?? 0);

/** The answers to one route, which a test makes grow. */
function routeOf(method: string, route: string) {
  const answers = {
    method,
    route,
    times: { buckets: buckets(), sum: 0 },
    byStatus: new Map<number, number>(),
  };
  const grow = (status: number, seconds: number) => {
    answers.byStatus.set(status, (answers.byStatus.get(status) ?? 0) + 1);
    const index = SECONDS.indexOf(seconds);
    answers.times.buckets[index] = (answers.times.buckets[index] as number) + 1;
  };
  return { answers, grow };
}

test('what was answered more than a minute ago is forgotten, and the rest is told by kind', () => {
  const hold = routeOf('POST', '/api/v1/seats/reserve');
  const read = routeOf('GET', '/api/v1/events');
  const all = new Map([hold, read].map(({ answers }) => [`${answers.method} ${answers.route}`, answers]));
  const recent = new RecentRequests(all as never);
  hold.grow(201, 0.005);
  recent.mark();
  hold.grow(201, 0.01);
  hold.grow(409, 0.01);
  hold.grow(503, 1);
  read.grow(200, 0.001);
  read.grow(404, 0.001);
  expect(recent.read()).toMatchObject({ requests: 6, errors: 1, holds: 2, refusals: 1 });
  expect(recent.read().holdTimes).toEqual([...buckets({ 0.005: 1, 0.01: 2, 1: 1 })]);
  // Twelve marks are kept, so that the very first one goes.
  for (let marks = 0; marks < 11; marks++) recent.mark();
  expect(recent.read()).toMatchObject({ requests: 5, errors: 1, holds: 1, refusals: 1 });
  recent.mark();
  expect(recent.read()).toMatchObject({ requests: 0, errors: 0, holds: 0, refusals: 0, seconds: 1 });
});

test('the quantiles are those of the buckets', () => {
  expect(quantile([...buckets()], 0.5)).toBeNull();
  // All between 5 and 10 ms.
  expect(quantile([...buckets({ 0.01: 10 })], 0.5)).toBe(7.5);
  const mixed = [...buckets({ 0.001: 98, 0.5: 2 })];
  expect(quantile(mixed, 0.5)).toBe(0.5);
  expect(quantile(mixed, 0.99)).toBe(375);
  expect(quantile([...buckets({ [Number.POSITIVE_INFINITY]: 1 })], 0.99)).toBe(10_000);
});

test('the figures of several instances add their rates, and not their quantiles', () => {
  const fast = {
    seconds: 60,
    requests: 120,
    errors: 0,
    holds: 60,
    refusals: 6,
    holdTimes: [...buckets({ 0.001: 66 })],
  };
  const young = {
    seconds: 10,
    requests: 10,
    errors: 5,
    holds: 1,
    refusals: 0,
    holdTimes: [...buckets({ 1: 1 })],
  };
  expect(figuresOf([fast, young])).toEqual({
    holds: { per_second: 1.1, p50_ms: 0.5, p99_ms: 665 },
    requests_per_second: 3,
    errors_per_second: 0.5,
    refusals_per_second: 0.1,
  });
});
