import type { LiveEvent, SeatLayout } from '../../live/types.ts';
import type { LockedSeat } from '../inventory.ts';
import { groupsOf, HallRow, type RowGroup } from './hall-row.ts';

/**
 * Finds free seats in an event that is in memory. A hall says where to look; PostgreSQL decides on locked rows whether they are free.
 * Seats are numbers: their indexes in the layout.
 */
export class Hall {
  readonly layout: SeatLayout;
  readonly #event: LiveEvent;
  readonly #free: Uint8Array;
  /** Accessible and companion seats: they are for those who ask for them. */
  readonly #keptApart: ReadonlySet<number>;
  readonly #rows: HallRow[] = [];
  /** For each seat, the index of its row. */
  readonly #rowOf: Uint32Array;
  readonly #groups: RowGroup[];
  readonly #sections: Map<string, RowGroup[]>;
  readonly #leftOut = new Set<number>();
  /** What a batch saw on locked rows that the event in memory doesn't know yet. */
  readonly #seen = new Map<number, { available: boolean; version: number }>();
  #differs = false;

  constructor(event: LiveEvent) {
    this.#event = event;
    this.layout = event.layout;
    const { sections, rows, ids, attributes, companionsReleased } = event.layout;
    const { accessible = [], companion = [] } = attributes;
    this.#keptApart = new Set(companionsReleased ? [] : [...accessible, ...companion]);
    this.#free = event.statuses.map((status) => Number(status === 0));
    for (const seat of this.#keptApart) this.#free[seat] = 0;
    this.#rowOf = new Uint32Array(ids.length);
    const starts: number[] = [];
    for (let seat = 0; seat < ids.length; seat++) {
      if (rows[seat] !== rows[seat - 1] || sections[seat] !== sections[seat - 1]) starts.push(seat);
      this.#rowOf[seat] = starts.length - 1;
    }
    const depths = depthsOf(starts.map((start) => rows[start] as number));
    const hall = { layout: this.layout, free: this.#free };
    for (const [at, start] of starts.entries()) {
      const depth = depths.get(rows[start] as number) ?? 0;
      const range: [number, number] = [start, starts[at + 1] ?? ids.length];
      this.#rows.push(new HallRow(hall, sections[start] as string, depth, range));
    }
    const fromTheStage = this.#rows.toSorted((one, other) => one.depth - other.depth);
    this.#groups = groupsOf(fromTheStage);
    const bySection = Map.groupBy(fromTheStage, ({ section }) => section);
    this.#sections = new Map([...bySection].map(([section, itsRows]) => [section, groupsOf(itsRows)]));
  }

  /** The layout has changed since: the event must be brought up to date, and has a new hall then. */
  get isOutdated(): boolean {
    return this.#differs || this.#event.layout !== this.layout;
  }

  /** The rows of the hall or of one section, from the stage backwards. */
  groups(section?: string): readonly RowGroup[] {
    return section === undefined ? this.#groups : (this.#sections.get(section) ?? []);
  }

  /** Seats that a request is about to take. */
  get leftOut(): number[] {
    return [...this.#leftOut];
  }

  isFree(seat: number): boolean {
    return this.#free[seat] === 1;
  }

  /** Takes note of a seat that a batch has locked or changed. */
  note({ id, status, version }: Pick<LockedSeat, 'id' | 'status' | 'version'>): void {
    const seat = this.layout.indexOf(id);
    if (seat === undefined || this.isOutdated) return;
    if (version <= Math.max(this.#event.seatVersions[seat] as number, this.#seen.get(seat)?.version ?? -1))
      return;
    this.#seen.set(seat, { available: status === 'available', version });
    this.#show(seat);
  }

  /** The event in memory has changed at these seats. */
  changed(seats: Iterable<number>): void {
    for (const seat of seats) {
      const seen = this.#seen.get(seat);
      if (seen && seen.version <= (this.#event.seatVersions[seat] as number)) this.#seen.delete(seat);
      this.#show(seat);
    }
  }

  /** A seat that a batch has locked has another price than here, or is kept apart. */
  noteDifference(): void {
    this.#differs = true;
  }

  /** Leaves a seat out of every choice until it is put back: a request is about to take it. */
  leaveOut(seat: number): void {
    this.#leftOut.add(seat);
    this.#show(seat);
  }

  putBack(seats: Iterable<number>): void {
    for (const seat of seats) if (this.#leftOut.delete(seat)) this.#show(seat);
  }

  #show(seat: number): void {
    const available = this.#seen.get(seat)?.available ?? this.#event.statuses[seat] === 0;
    this.#rows[this.#rowOf[seat] as number]?.set(
      seat,
      available && !this.#leftOut.has(seat) && !this.#keptApart.has(seat),
    );
  }
}

/** How many rows are nearer to the stage, by the number of a row. Rows of the same number are side by side. */
function depthsOf(rowNumbers: number[]): Map<number, number> {
  const ordered = [...new Set(rowNumbers)].sort((one, other) => one - other);
  return new Map(ordered.map((number, depth) => [number, depth]));
}
