import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromLocalTime, isTimeZone, toLocalTime } from '../../../../src/web/console/forms/zoned-time.ts';

const MINUTE_MS = 60_000;
const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const instants = fc
  .integer({ min: Date.UTC(2000, 0, 2) / MINUTE_MS, max: Date.UTC(2099, 11, 30) / MINUTE_MS })
  .map((minutes) => minutes * MINUTE_MS);

test('a time of any zone is the instant that it came from, or the earlier one of two', () => {
  fc.assert(
    fc.property(zones, instants, (zone, instant) => {
      const local = toLocalTime(instant, zone);
      const back = Date.parse(fromLocalTime(local, zone) as string);
      expect(toLocalTime(back, zone)).toBe(local);
      expect(back).toBeLessThanOrEqual(instant);
      // Clocks go back by two hours at most, and by a day where a country changes sides of the date line.
      expect(instant - back).toBeLessThanOrEqual(24 * 60 * MINUTE_MS);
    }),
    { numRuns: 1_000 },
  );
});

test('clocks that go forward skip times, and clocks that go back repeat them', () => {
  expect(fromLocalTime('2027-03-14T02:30', 'America/New_York')).toBeUndefined();
  expect(fromLocalTime('2027-03-14T01:59', 'America/New_York')).toBe('2027-03-14T06:59:00.000Z');
  expect(fromLocalTime('2027-03-14T03:00', 'America/New_York')).toBe('2027-03-14T07:00:00.000Z');
  // 01:30 comes twice, in summer time first.
  expect(fromLocalTime('2027-11-07T01:30', 'America/New_York')).toBe('2027-11-07T05:30:00.000Z');
  // Half an hour, in the southern hemisphere.
  expect(fromLocalTime('2027-10-03T02:15', 'Australia/Lord_Howe')).toBeUndefined();
  // Samoa had no 30 December 2011.
  expect(fromLocalTime('2011-12-30T12:00', 'Pacific/Apia')).toBeUndefined();
});

test('a form shows minutes, and takes a text with seconds', () => {
  expect(toLocalTime('2027-03-20T10:00:59.999Z', 'Asia/Seoul')).toBe('2027-03-20T19:00');
  expect(toLocalTime('2027-03-20T15:00:00Z', 'Asia/Seoul')).toBe('2027-03-21T00:00');
  expect(toLocalTime(null, 'Asia/Seoul')).toBe('');
  expect(fromLocalTime('2027-03-20T19:00:30', 'Asia/Seoul')).toBe('2027-03-20T10:00:00.000Z');
  expect(fromLocalTime('', 'Asia/Seoul')).toBeUndefined();
  expect(fromLocalTime('2027-02-30T19:00', 'Asia/Seoul')).toBeUndefined();
  expect([isTimeZone('Asia/Seoul'), isTimeZone('Asia/Nowhere'), isTimeZone('')]).toEqual([
    true,
    false,
    false,
  ]);
});
