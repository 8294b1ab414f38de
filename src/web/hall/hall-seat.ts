import type { WatchedSeat } from '../../client/index.ts';

/** What the drawing of a hall needs to know about a seat. A `WatchedSeat` is one; so are the seats of the organizer's API. */
export type HallSeat = Pick<
  WatchedSeat,
  'section' | 'row_number' | 'seat_number' | 'x' | 'y' | 'attributes' | 'price'
>;

/** Whether both seats are at the same place, so that the layout of the hall stays. */
export function isSamePlace(a: HallSeat, b: HallSeat): boolean {
  return (
    a === b ||
    (a.row_number === b.row_number &&
      a.seat_number === b.seat_number &&
      a.section === b.section &&
      a.x === b.x &&
      a.y === b.y)
  );
}
