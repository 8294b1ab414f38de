import { expect, test } from 'vitest';
import { countStates, seatLooks, stateOf } from '../../../../src/web/console/sales/seat-states.ts';

const NOW = Date.parse('2026-11-26T11:00:00Z');
const seat = (id: string, status: 'available' | 'locked' | 'reserved') => ({ id, status });

test('a seat is told apart by what is known of it beside its public status', () => {
  const blocked = new Set(['c']);
  const soldAt = new Map([
    ['d', NOW - 59_000],
    ['e', NOW - 60_000],
  ]);
  const state = (each: ReturnType<typeof seat>) => stateOf(each, blocked, soldAt, NOW);
  const seats = [
    seat('a', 'available'),
    seat('b', 'locked'),
    seat('c', 'reserved'),
    seat('d', 'reserved'),
    seat('e', 'reserved'),
  ];
  expect(seats.map(state)).toEqual(['free', 'held', 'blocked', 'fresh', 'sold']);
  expect(countStates(seats, state)).toEqual({ free: 1, held: 1, blocked: 1, fresh: 1, sold: 1 });
  // Unblocked: the list of blocks may be older than the seat.
  expect(state(seat('c', 'available'))).toBe('free');
});

test('seats of one state share a look, and states differ in color and shape or freshness', () => {
  const look = seatLooks<{ id: string; attributes?: readonly 'accessible'[] }>(
    'light',
    ({ id }) => (id === 'a' ? 'free' : 'held'),
    ({ id }) => id === 'c',
  );
  expect(look({ id: 'b' })).toBe(look({ id: 'd' }));
  expect(look({ id: 'b' })).not.toEqual(look({ id: 'a' }));
  expect(look({ id: 'c' }).shape).toBe('chosen');
  expect(look({ id: 'b', attributes: ['accessible'] }).mark).toBe('accessible');
});
