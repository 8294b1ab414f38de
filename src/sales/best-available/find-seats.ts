import type { Wish } from '../hold-request.ts';
import type { HallSeat, RowGroup } from './hall-row.ts';

export interface Choice {
  seats: HallSeat[];
  /** All in one row, side by side. */
  adjacent: boolean;
}

/** Sitting one row further back is as bad as sitting this many seats further from the middle. */
const SEATS_PER_ROW_BACK = 2;

/**
 * Finds the best free seats for a wish. Seats side by side in one row come first, front and centre, without leaving a single seat alone
 * if that costs little. Otherwise it splits the seats into as few groups as possible.
 *
 * @param groups the rows of the section that the buyer wants, from the stage backwards
 * @returns `undefined` if fewer seats are free than wanted
 */
export function findSeats(
  groups: readonly RowGroup[],
  { quantity, maxPrice }: Omit<Wish, 'section'>,
): Choice | undefined {
  const together = sideBySide(groups, quantity, maxPrice);
  if (together) return { seats: together, adjacent: true };
  const seats = fewestGroups(groups, quantity, maxPrice);
  return seats && { seats, adjacent: false };
}

function sideBySide(
  groups: readonly RowGroup[],
  quantity: number,
  maxPrice: number | undefined,
): HallSeat[] | undefined {
  let best: HallSeat['row'] | undefined;
  let leastCost = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    // Every row behind this one costs more than the best so far.
    if (group.depth * SEATS_PER_ROW_BACK >= leastCost) break;
    if (!group.mayHave(quantity, maxPrice)) continue;
    for (const row of group.rows) {
      const back = row.depth * SEATS_PER_ROW_BACK;
      if (back >= leastCost) break;
      const cost = back + row.costOf(quantity, maxPrice);
      if (cost >= leastCost) continue;
      leastCost = cost;
      best = row;
    }
  }
  return best?.place(quantity, maxPrice);
}

/**
 * Takes the longest runs first, which makes the fewest parts, and the one nearest to the stage among equals. The last part is found
 * like a wish of its own.
 */
function fewestGroups(
  groups: readonly RowGroup[],
  quantity: number,
  maxPrice: number | undefined,
): HallSeat[] | undefined {
  const seats: HallSeat[] = [];
  while (seats.length < quantity) {
    const part = sideBySide(groups, quantity - seats.length, maxPrice) ?? longestRun(groups, maxPrice);
    if (part.length === 0) break;
    seats.push(...part);
    // Not free for the next part.
    for (const seat of part) seat.row.set(seat, false);
  }
  for (const seat of seats) seat.row.set(seat, true);
  return seats.length < quantity ? undefined : seats;
}

function longestRun(groups: readonly RowGroup[], maxPrice: number | undefined): HallSeat[] {
  let best: HallSeat[] = [];
  for (const group of groups) {
    if (!group.mayHave(best.length + 1, maxPrice)) continue;
    for (const row of group.rows) {
      const run = row.longestRun(maxPrice);
      if (run.length > best.length) best = run;
    }
  }
  return best;
}
