import { expect, test } from 'vitest';
import { everyMinute, percentText } from '../../../../src/web/console/sales/stock.ts';

test('an hour has 60 minutes, also those in which nothing was sold', () => {
  const now = Date.parse('2026-11-26T12:00:30Z');
  const step = {
    reservations: 3,
    seats: 4,
    tickets: 1,
    revenue: 700_000,
    cancelled: 1,
    cancelled_amount: 150_000,
  };
  const minutes = everyMinute({ steps: [{ at: '2026-11-26T11:58:00.000Z', ...step }] }, now);
  expect(minutes).toHaveLength(60);
  expect(minutes[0]).toEqual({ at: Date.parse('2026-11-26T11:01:00Z'), sold: 0, cancelled: 0, revenue: 0 });
  expect(minutes[57]).toEqual({
    at: Date.parse('2026-11-26T11:58:00Z'),
    sold: 5,
    cancelled: 1,
    revenue: 700_000,
  });
});

test('100 % is said when the last one is sold, and not before', () => {
  expect(percentText(0, 50)).toBe('0%');
  expect(percentText(49_999, 50_000)).toBe('99%');
  expect(percentText(50_000, 50_000)).toBe('100%');
  expect(percentText(1, 300)).toBe('0.3%');
  expect(percentText(0, 0)).toBe('–');
});
