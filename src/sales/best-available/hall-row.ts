export interface HallSeat {
  readonly id: string;
  readonly number: number;
  /** Whole won. */
  readonly price: number;
  readonly row: HallRow;
  /** As it was last known, at this version. */
  available: boolean;
  version: number;
  /** Available, and no request is about to take it. Only `HallRow.set` changes it. */
  free: boolean;
}

/** Leaving a single seat alone is as bad as sitting this many seats further from the middle: about three rows further back. */
const SEATS_PER_ORPHAN = 6;

/** Rows that a search skips together. */
const ROWS_IN_GROUP = 64;

/** Free seats side by side. */
type Run = HallSeat[];

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
  /** From one end to the other. */
  readonly seats: HallSeat[] = [];
  readonly groups: RowGroup[] = [];
  /** The price of its cheapest seat. */
  cheapest = Number.POSITIVE_INFINITY;
  #dearest = 0;
  #runs: Run[] | undefined;
  #longest: Run | undefined;
  #places: (Place | null)[] = [];

  constructor(section: string, depth: number) {
    this.section = section;
    this.depth = depth;
  }

  /** Adds a seat after the last one. It is not free yet. */
  add(id: string, number: number, price: number): HallSeat {
    const seat = { id, number, price, row: this, available: false, version: -1, free: false };
    this.seats.push(seat);
    this.cheapest = Math.min(this.cheapest, price);
    this.#dearest = Math.max(this.#dearest, price);
    return seat;
  }

  set(seat: HallSeat, free: boolean): void {
    if (seat.free === free) return;
    seat.free = free;
    this.#runs = undefined;
    this.#longest = undefined;
    this.#places = [];
    for (const group of this.groups) group.longest = undefined;
  }

  /** How far from the middle its best place is, in seats. Infinite if it has no place for so many. */
  costOf(quantity: number, maxPrice?: number): number {
    return this.#place(quantity, maxPrice)?.cost ?? Number.POSITIVE_INFINITY;
  }

  place(quantity: number, maxPrice?: number): HallSeat[] | undefined {
    const place = this.#place(quantity, maxPrice);
    return place?.run.slice(place.from, place.from + quantity);
  }

  /** The first of the longest runs. Empty if no seat is free at that price. */
  longestRun(maxPrice = Number.POSITIVE_INFINITY): HallSeat[] {
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
    const middle = ((this.seats[0]?.number ?? 0) + (this.seats.at(-1)?.number ?? 0)) / 2;
    let best: Place | null = null;
    for (const run of runs) {
      for (let from = 0; from + quantity <= run.length; from++) {
        const cost = costInRun(run, from, quantity, middle);
        if (best === null || cost < best.cost) best = { run, from, cost };
      }
    }
    return best;
  }

  #runsAt(maxPrice = Number.POSITIVE_INFINITY): Run[] {
    if (maxPrice < this.#dearest)
      return runsOf(this.seats.filter(({ free, price }) => free && price <= maxPrice));
    this.#runs ??= runsOf(this.seats.filter(({ free }) => free));
    return this.#runs;
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

/** A gap in the numbers is a taken seat or an aisle. */
function runsOf(seats: HallSeat[]): Run[] {
  const runs: Run[] = [];
  let last = Number.NaN;
  for (const seat of seats) {
    if (seat.number === last + 1) runs.at(-1)?.push(seat);
    else runs.push([seat]);
    last = seat.number;
  }
  return runs;
}

function costInRun(run: Run, from: number, quantity: number, middle: number): number {
  const centre = (run[from]?.number ?? 0) + (quantity - 1) / 2;
  const before = from;
  const behind = run.length - from - quantity;
  const orphans = Number(before === 1) + Number(behind === 1);
  return Math.abs(centre - middle) + orphans * SEATS_PER_ORPHAN;
}
