import { expect, test } from 'vitest';
import { type EditorSeat, layLive, type SeatState } from '../../../../src/web/console/seats/editor-seat.ts';

const block = { id: 'block', reason: '초대석', release_at: null };
const seat = (id: string, state: SeatState): EditorSeat => ({
  ...{ id, state, section: 'A', row_number: 1, seat_number: 1, label: id, price: 1_000 },
  ...(state === 'blocked' && { block }),
});

test('live seats change what is shown of the seats that were read, and a block stays one while it is not free', () => {
  const seats = [
    seat('a', 'free'),
    seat('b', 'held'),
    seat('c', 'sold'),
    seat('d', 'blocked'),
    seat('e', 'blocked'),
  ];
  const live = (['reserved', 'available', 'locked', 'reserved', 'available'] as const).map((status, at) => ({
    id: (seats[at] as EditorSeat).id,
    status,
  }));
  const laid = layLive(seats, live);
  expect(laid.map(({ state }) => state)).toEqual(['sold', 'free', 'held', 'blocked', 'free']);
  expect(laid.map((each) => each.block?.reason)).toEqual([
    undefined,
    undefined,
    undefined,
    '초대석',
    undefined,
  ]);
  expect(laid[3]).toBe(seats[3]);
});

test('seats that the live ones do not have at their place stay as they were read', () => {
  const seats = [seat('a', 'free'), seat('b', 'free')];
  expect(layLive(seats, [{ id: 'b', status: 'reserved' }])).toEqual(seats);
});
