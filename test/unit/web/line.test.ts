import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advance,
  clearedBetween,
  type Journey,
  milestoneOf,
  moveTo,
  noteServed,
  type Place,
  pacePerMinute,
  retryMs,
  type Served,
  waitOf,
} from '../../../src/web/box-office/waiting-room/line.ts';

const position = fc.integer({ min: 1, max: 1_000_000 });

describe('the progress of a place in line', () => {
  test('never goes back, whatever positions are told, and stays within the bar', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 50 }), (positions) => {
        let journey: Journey | undefined;
        for (const each of positions) {
          const before = journey?.done ?? 0;
          // As after a reload.
          journey = JSON.parse(JSON.stringify(advance(journey, { sequence: 7, position: each }))) as Journey;
          expect(journey.done).toBeGreaterThanOrEqual(before);
          expect(journey.done).toBeLessThan(1);
        }
      }),
    );
  });

  test('grows with each person who goes, from the place where it began', () => {
    const ways: Journey[] = [];
    for (const each of [100, 75, 50, 1]) ways.push(advance(ways.at(-1), { sequence: 7, position: each }));
    expect(ways.map(({ done }) => Math.round(done * 100))).toEqual([1, 26, 50, 99]);
  });

  test('begins anew with another place', () => {
    const far = advance(advance(undefined, { sequence: 7, position: 100 }), { sequence: 7, position: 1 });
    expect(advance(far, { sequence: 900, position: 100 }).done).toBeLessThan(0.02);
  });
});

test('news of the line make place and wait smaller, and never larger', () => {
  const place = {
    position: 100,
    estimatedWait: 600,
    estimatedWaitRange: { min: 400, max: 900 },
  } as Place;
  expect(moveTo(place, 50)).toMatchObject({
    position: 50,
    estimatedWait: 300,
    estimatedWaitRange: { min: 200, max: 450 },
  });
  expect(moveTo(place, 120)).toEqual(place);
});

describe('the pace of the line', () => {
  const seen = (...servedSeqs: number[]) =>
    servedSeqs.reduce<Served[]>(
      (known, servedSeq, index) => noteServed(known, { at: index * 10_000, servedSeq }),
      [],
    );

  test('is what the last two minutes saw', () => {
    expect(pacePerMinute(seen(0, 10, 20, 30), 30_000)).toBe(60);
    const long = seen(
      ...Array.from({ length: 40 }, (_, index) => (index < 20 ? index * 100 : 2_000 + index)),
    );
    expect(pacePerMinute(long, 390_000)).toBe(6);
  });

  test('is unknown at first, and 0 for a line that stands', () => {
    expect(pacePerMinute(seen(5), 10_000)).toBeUndefined();
    expect(pacePerMinute(seen(5), 60_000)).toBe(0);
  });

  test('begins anew after the line was cleared', () => {
    expect(seen(500, 510, 3)).toEqual([{ at: 20_000, servedSeq: 3 }]);
  });
});

test('a line was cleared between two answers if the later one names a later time', () => {
  const [first, second] = [
    { clearedAt: '2026-11-26T12:00:00.000Z' },
    { clearedAt: '2026-11-26T12:00:01.000Z' },
  ];
  expect(clearedBetween({}, first)).toBe(true);
  expect(clearedBetween(first, second)).toBe(true);
  // An instance that has not heard of the second time yet.
  expect(clearedBetween(second, first)).toBe(false);
  for (const known of [{}, first]) expect(clearedBetween(known, known)).toBe(false);
});

test('a wait is told in minutes, from an hour on in steps of ten', () => {
  expect([20, 61, 3_540, 3_700, 7_800, 86_400].map(waitOf)).toEqual([
    'soon',
    { hours: 0, minutes: 2 },
    { hours: 0, minutes: 59 },
    { hours: 1, minutes: 0 },
    { hours: 2, minutes: 10 },
    'unknown',
  ]);
});

test('a screen reader hears of a handful of round numbers, and each is an upper bound', () => {
  expect([0, 1, 2, 3, 44, 120, 120_000].map(milestoneOf)).toEqual([0, 1, 2, 5, 50, 200, 200_000]);
  const all = new Set(Array.from({ length: 100_000 }, (_, ahead) => milestoneOf(ahead)));
  expect(all.size).toBe(17);
  fc.assert(fc.property(position, (ahead) => milestoneOf(ahead) >= ahead));
});

test('after a failure the page waits as long as the service says, or longer each time, and not all pages the same', () => {
  expect(retryMs(1, 5, 0)).toBe(5_000);
  expect([1, 2, 3, 10].map((failures) => retryMs(failures, undefined, 0))).toEqual([
    1_000, 2_000, 4_000, 15_000,
  ]);
  expect(retryMs(1, 5, 0.5)).toBe(6_250);
});
