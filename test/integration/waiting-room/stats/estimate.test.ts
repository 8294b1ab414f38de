import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';
import {
  type Random,
  type SimulatedResult,
  type SimulatedSale,
  simulateSale,
  type Told,
} from '../../../support/waiting-room/simulated-sale.ts';

vi.setConfig({ testTimeout: 120_000 });

let server: TestRedis;
/** Runs beside the smaller sales, so that Redis and this process wait less for each other. */
let opening: Promise<SimulatedResult>;
beforeAll(async () => {
  server = await startTestRedis();
  const people = 5_000;
  const threshold = 250;
  opening = simulateSale(server.client, { seed: 1, people, threshold, arrival: rush, stay: mixedStay });
});
afterAll(async () => {
  await Promise.allSettled([opening]);
  await server.close();
});

/** The promise about |told - waited| / waited, over all answers. */
const MEDIAN = 0.15;
const P90 = 0.4;
/** In seconds. Shorter waits consist mostly of the second until the next tick. */
const WORTH_TELLING = 10;

const between = (random: Random, least: number, most: number) => least + (most - least) * random();
const normal = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A fifth leaves soon, most stay two or three minutes, and a fifth up to the whole time to live. 16 of 100 fall silent instead of leaving. */
function mixedStay(random: Random) {
  const kind = random();
  if (kind < 0.2) return { seconds: between(random, 20, 40), silent: false };
  if (kind < 0.8)
    return { seconds: Math.min(295, 150 * Math.exp(0.4 * normal(random))), silent: random() < 0.1 };
  return { seconds: between(random, 180, 295), silent: random() < 0.5 };
}
const rush = (random: Random) => (random() < 0.6 ? between(random, 0, 60) : between(random, 0, 1_800));

const quantile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(part * values.length)] as number;

/** @param say the estimate in seconds, instead of the one that was told */
function errors(told: Told[], say = (each: Told) => each.told) {
  const each = told
    .filter(({ waited }) => waited >= WORTH_TELLING)
    .map((one) => Math.abs(say(one) - one.waited) / one.waited);
  return { median: quantile(each, 0.5), p90: quantile(each, 0.9) };
}

const withinRange = (told: Told[]) =>
  told.filter(({ min, max, waited }) => min <= waited && waited <= max).length / told.length;

const small: Pick<SimulatedSale, 'seed' | 'people' | 'threshold' | 'stay'> = {
  seed: 2,
  people: 1_500,
  threshold: 150,
  stay: mixedStay,
};

test.each<[string, SimulatedSale]>([
  ['come bit by bit', { ...small, arrival: (random) => between(random, 0, 1_000) }],
  ['come within three seconds', { ...small, arrival: (random) => between(random, 0, 3) }],
  ['give up, every other one', { ...small, givingUp: 0.5, arrival: (random) => between(random, 0, 300) }],
  [
    'come in two waves',
    { ...small, arrival: (random) => (random() < 0.5 ? 0 : 600) + between(random, 0, 60) },
  ],
  [
    'are quick',
    {
      ...small,
      people: 3_000,
      arrival: (random) => between(random, 0, 900),
      stay: (random) => ({ seconds: 50 * Math.exp(0.6 * normal(random)), silent: random() < 0.05 }),
    },
  ],
])('the estimates come true when people %s', async (_name, sale) => {
  const { told } = await simulateSale(server.client, sale);
  const { median, p90 } = errors(told);
  expect(told.length).toBeGreaterThan(small.people);
  expect(median).toBeLessThanOrEqual(MEDIAN);
  expect(p90).toBeLessThanOrEqual(P90);
  expect(withinRange(told)).toBeGreaterThanOrEqual(0.9);
});

const threshold = 300;
test.each([
  ['a higher threshold', { threshold: 2 * threshold }],
  ['a lower threshold', { threshold: threshold / 2 }],
  ['a drain rate', { drainPerSecond: 1.3 }],
])('the estimate follows %s at once', async (_name, change) => {
  const changesAt = 600;
  const { told } = await simulateSale(server.client, {
    ...small,
    people: 2_500,
    threshold,
    arrival: (random) => between(random, 0, 60),
    change: (second) => (second >= changesAt ? change : {}),
  });
  const within = (least: number, most: number) =>
    errors(told.filter(({ second }) => second >= least && second < most)).median;
  expect(within(changesAt, changesAt + 1)).toBeLessThanOrEqual(2 * MEDIAN);
  expect(within(changesAt, changesAt + 60)).toBeLessThanOrEqual(MEDIAN);
  // Earlier estimates couldn't know.
  expect(within(changesAt - 60, changesAt)).toBeGreaterThan(MEDIAN);
});

test('the Redis inside the process gives the same estimates', async () => {
  const sale: SimulatedSale = {
    seed: 3,
    people: 10,
    threshold: 2,
    arrival: (random) => between(random, 0, 5),
    stay: (random) => ({ seconds: between(random, 10, 20), silent: false }),
    givingUp: 0.2,
    contactSeconds: [30, 60],
  };
  const inProcess: Redis = createMockRedis();
  const [real, imitated] = [await simulateSale(server.client, sale), await simulateSale(inProcess, sale)];
  inProcess.disconnect();
  const places = ({ told }: SimulatedResult) => told.map(({ position, waited }) => [position, waited]);
  expect(places(imitated)).toEqual(places(real));
  expect(real.told.length).toBeGreaterThan(10);
  // Their clocks differ by a few ms.
  for (const [index, { told }] of imitated.told.entries()) {
    const { told: other } = real.told[index] as Told;
    expect(Math.abs(told - other)).toBeLessThanOrEqual(2 + other / 20);
  }
});

describe('an opening to which 5,000 people come, a tenth of the line gives up', () => {
  test('everybody is let in or gives up', async () => {
    const { admitted, gaveUp, overview } = await opening;
    expect(overview.queueSize).toBe(0);
    expect(overview.stats.arrivals).toBe(4_750);
    expect(admitted + overview.stats.abandonments).toBe(4_750);
    expect(gaveUp / 4_750).toBeCloseTo(0.1, 1);
  });

  test('the estimates come true, also in the first minutes', async () => {
    const { told } = await opening;
    const all = errors(told);
    expect(all.median).toBeLessThanOrEqual(MEDIAN);
    expect(all.p90).toBeLessThanOrEqual(P90);
    // Most people come before anybody inside has left.
    const first = errors(told.filter((each) => each.first));
    expect(first.median).toBeLessThanOrEqual(2 * MEDIAN);
    expect(first.p90).toBeLessThanOrEqual(P90);
  });

  test('the waits lie within the ranges of the estimates', async () => {
    const { told } = await opening;
    expect(withinRange(told)).toBeGreaterThanOrEqual(0.9);
    const widths = told.map(({ min, max, waited }) => (max - min) / Math.max(waited, WORTH_TELLING));
    // A range wide enough would always be right.
    expect(quantile(widths, 0.5)).toBeLessThanOrEqual(0.5);
  });

  test('the service measures the errors of its own first estimates', async () => {
    const { told, overview } = await opening;
    const { estimateErrorP50, estimateErrorP90, waitP50 } = overview.stats;
    const first = told.filter((each) => each.first);
    const { median, p90 } = errors(first);
    expect(estimateErrorP50).toBeCloseTo(median, 1);
    expect(estimateErrorP90).toBeCloseTo(p90, 1);
    const waited = quantile(
      first.map((each) => each.waited),
      0.5,
    );
    // The service counts in bins a tenth wide.
    expect(waitP50).toBeGreaterThan(waited / 1.1);
    expect(waitP50).toBeLessThan(waited * 1.1);
  });

  test('the control: an estimate that everybody stays for the whole time to live breaks the promise', async () => {
    const { told } = await opening;
    const { median, p90 } = errors(told, ({ position }) => (position * 300) / 250);
    expect(median).toBeGreaterThan(2 * MEDIAN);
    expect(p90).toBeGreaterThan(P90);
  });
});
