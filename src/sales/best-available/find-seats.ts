import type { Wish } from '../hold-request.ts';
import type { HallRow, RowGroup } from './hall-row.ts';

export interface Choice {
  /** Their indexes in the layout. */
  seats: number[];
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
  if (together) return { seats: together.seats, adjacent: true };
  const seats = fewestGroups(groups, quantity, maxPrice);
  return seats && { seats, adjacent: false };
}

/** Seats of one row. */
interface Part {
  row: HallRow;
  seats: number[];
}

function sideBySide(
  groups: readonly RowGroup[],
  quantity: number,
  maxPrice: number | undefined,
): Part | undefined {
  let best: HallRow | undefined;
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
  const seats = best?.place(quantity, maxPrice);
  return best && seats && { row: best, seats };
}

/**
 * Takes the longest runs first, which makes the fewest parts, and the one nearest to the stage among equals. The last part is found
 * like a wish of its own.
 */
function fewestGroups(
  groups: readonly RowGroup[],
  quantity: number,
  maxPrice: number | undefined,
): number[] | undefined {
  const parts: Part[] = [];
  let missing = quantity;
  while (missing > 0) {
    const part = sideBySide(groups, missing, maxPrice) ?? longestRun(groups, maxPrice);
    if (!part) break;
    parts.push(part);
    missing -= part.seats.length;
    // Not free for the next part.
    for (const seat of part.seats) part.row.set(seat, false);
  }
  for (const { row, seats } of parts) for (const seat of seats) row.set(seat, true);
  return missing > 0 ? undefined : parts.flatMap(({ seats }) => seats);
}

function longestRun(groups: readonly RowGroup[], maxPrice: number | undefined): Part | undefined {
  let best: Part | undefined;
  for (const group of groups) {
    if (!group.mayHave((best?.seats.length ?? 0) + 1, maxPrice)) continue;
    for (const row of group.rows) {
      const seats = row.longestRun(maxPrice);
      if (seats.length > (best?.seats.length ?? 0)) best = { row, seats };
    }
  }
  return best;
}
