import type { SeatLayout } from '../../live/types.ts';

/** Leaving a single seat alone is as bad as sitting this many seats further from the middle: about three rows further back. */
const SEATS_PER_ORPHAN = 6;

/** Rows that a search skips together. */
const ROWS_IN_GROUP = 64;

/** The seats of a hall by index: their layout, and 1 for each that a request may get. */
export interface HallSeats {
  layout: Pick<SeatLayout, 'numbers' | 'prices'>;
  free: Uint8Array;
}

/** Free seats side by side. */
type Run = number[];

interface Place {
  run: Run;
  from: number;
  cost: number;
}

/**
 * One row of a hall, which finds the best place in it. A hall has thousands of rows; a wish looks at many and changes one. So each row
 * remembers its answers until one of its seats changes.
 */
export class HallRow {
  readonly section: string;
  /** The number of rows between this one and the stage. */
  readonly depth: number;
  readonly groups: RowGroup[] = [];
  /** The price of its cheapest seat. */
  readonly cheapest: number;
  readonly #dearest: number;
  readonly #hall: HallSeats;
  /** Its seats from one end to the other: a layout has those of a row one after another. */
  readonly #first: number;
  readonly #end: number;
  #runs: Run[] | undefined;
  #longest: Run | undefined;
  #places: (Place | null)[] = [];

  /** @param range the index of its first seat, and the one after its last seat */
  constructor(hall: HallSeats, section: string, depth: number, [first, end]: [number, number]) {
    this.#hall = hall;
    this.section = section;
    this.depth = depth;
    this.#first = first;
    this.#end = end;
    const prices = hall.layout.prices.slice(first, end);
    this.cheapest = Math.min(...prices);
    this.#dearest = Math.max(...prices);
  }

  set(seat: number, free: boolean): void {
    const { free: known } = this.#hall;
    if (known[seat] === Number(free)) return;
    known[seat] = Number(free);
    this.#runs = undefined;
    this.#longest = undefined;
    this.#places = [];
    for (const group of this.groups) group.longest = undefined;
  }

  /** How far from the middle its best place is, in seats. Infinite if it has no place for so many. */
  costOf(quantity: number, maxPrice?: number): number {
    return this.#place(quantity, maxPrice)?.cost ?? Number.POSITIVE_INFINITY;
  }

  place(quantity: number, maxPrice?: number): number[] | undefined {
    const place = this.#place(quantity, maxPrice);
    return place?.run.slice(place.from, place.from + quantity);
  }

  /** The first of the longest runs. Empty if no seat is free at that price. */
  longestRun(maxPrice = Number.POSITIVE_INFINITY): number[] {
    if (maxPrice < this.#dearest) return this.#runsAt(maxPrice).reduce(longest, []);
    this.#longest ??= this.#runsAt().reduce(longest, []);
    return this.#longest;
  }

  #place(quantity: number, maxPrice = Number.POSITIVE_INFINITY): Place | null {
    if (maxPrice < this.#dearest) return this.#bestPlace(quantity, this.#runsAt(maxPrice));
    let place = this.#places[quantity];
    if (place === undefined) {
      place = this.#bestPlace(quantity, this.#runsAt());
      this.#places[quantity] = place;
    }
    return place;
  }

  #bestPlace(quantity: number, runs: Run[]): Place | null {
    const middle = (this.#numberOf(this.#first) + this.#numberOf(this.#end - 1)) / 2;
    let best: Place | null = null;
    for (const run of runs) {
      for (let from = 0; from + quantity <= run.length; from++) {
        const cost = this.#costInRun(run, from, quantity, middle);
        if (best === null || cost < best.cost) best = { run, from, cost };
      }
    }
    return best;
  }

  #costInRun(run: Run, from: number, quantity: number, middle: number): number {
    const centre = this.#numberOf(run[from] as number) + (quantity - 1) / 2;
    const before = from;
    const behind = run.length - from - quantity;
    const orphans = Number(before === 1) + Number(behind === 1);
    return Math.abs(centre - middle) + orphans * SEATS_PER_ORPHAN;
  }

  #runsAt(maxPrice = Number.POSITIVE_INFINITY): Run[] {
    if (maxPrice < this.#dearest) return this.#runsOf(maxPrice);
    this.#runs ??= this.#runsOf(maxPrice);
    return this.#runs;
  }

  /** A gap in the numbers is an aisle. */
  #runsOf(maxPrice: number): Run[] {
    const { free, layout } = this.#hall;
    const runs: Run[] = [];
    let last = Number.NaN;
    for (let seat = this.#first; seat < this.#end; seat++) {
      if (!free[seat] || (layout.prices[seat] as number) > maxPrice) continue;
      const number = this.#numberOf(seat);
      if (number === last + 1) runs.at(-1)?.push(seat);
      else runs.push([seat]);
      last = number;
    }
    return runs;
  }

  #numberOf(seat: number): number {
    return this.#hall.layout.numbers[seat] as number;
  }
}

/** Rows behind each other, so that a search can skip all of them at once. */
export class RowGroup {
  readonly rows: HallRow[];
  readonly depth: number;
  readonly cheapest: number;
  /** The length of the longest run in any of its rows, if known. */
  longest: number | undefined;

  constructor(rows: HallRow[]) {
    this.rows = rows;
    this.depth = rows[0]?.depth ?? 0;
    this.cheapest = Math.min(...rows.map(({ cheapest }) => cheapest));
    for (const row of rows) row.groups.push(this);
  }

  /** Whether one of its rows has so many free seats side by side. Prices count only as far as the cheapest seat. */
  mayHave(quantity: number, maxPrice = Number.POSITIVE_INFINITY): boolean {
    if (maxPrice < this.cheapest) return false;
    this.longest ??= this.rows.reduce((most, row) => Math.max(most, row.longestRun().length), 0);
    return this.longest >= quantity;
  }
}

/** @param rows from the stage backwards */
export function groupsOf(rows: readonly HallRow[]): RowGroup[] {
  const groups: RowGroup[] = [];
  for (let from = 0; from < rows.length; from += ROWS_IN_GROUP)
    groups.push(new RowGroup(rows.slice(from, from + ROWS_IN_GROUP)));
  return groups;
}

function longest(one: Run, other: Run): Run {
  return other.length > one.length ? other : one;
}
