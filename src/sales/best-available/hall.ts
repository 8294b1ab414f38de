import type { SeatChange } from '../../realtime/changes.ts';
import { groupsOf, HallRow, type HallSeat, type RowGroup } from './hall-row.ts';

/** One row of a hall, as `sql/hall.sql` reads it. */
export interface ReadRow {
  section: string;
  row_number: number;
  seats: [id: string, number: number, price: number, version: number, available: boolean][];
}

/**
 * What this instance believes about the seats of one event: what it read from PostgreSQL, and the changes that it heard of since. A hall
 * says where to look for free seats; PostgreSQL decides on locked rows whether they are free.
 */
export class Hall {
  /** When it was read last, by `performance.now()`. */
  askedAt: number;
  /** Its seats or prices have changed: it must be dropped. */
  outdated = false;
  readonly #groups: RowGroup[];
  readonly #sections: Map<string, RowGroup[]>;
  readonly #seats = new Map<string, HallSeat>();
  readonly #leftOut = new Set<HallSeat>();
  #available = 0;

  constructor(read: ReadRow[], askedAt: number) {
    this.askedAt = askedAt;
    const rows: HallRow[] = [];
    let depth = 0;
    for (const [index, { section, row_number, seats }] of read.entries()) {
      // Rows of the same number are side by side.
      if (index > 0 && row_number !== read[index - 1]?.row_number) depth++;
      const row = new HallRow(section, depth);
      rows.push(row);
      for (const [id, number, price, version, available] of seats) {
        this.#seats.set(id, row.add(id, number, price));
        this.note({ seatId: id, status: available ? 'available' : 'locked', version });
      }
    }
    this.#groups = groupsOf(rows);
    const sections = Map.groupBy(rows, ({ section }) => section);
    this.#sections = new Map([...sections].map(([section, rowsOfIt]) => [section, groupsOf(rowsOfIt)]));
  }

  /** The rows of the hall or of one section, from the stage backwards. */
  groups(section?: string): readonly RowGroup[] {
    return section === undefined ? this.#groups : (this.#sections.get(section) ?? []);
  }

  get size(): number {
    return this.#seats.size;
  }

  /** How many seats are available. */
  get available(): number {
    return this.#available;
  }

  /** Seats that a request is about to take. */
  get leftOut(): HallSeat[] {
    return [...this.#leftOut];
  }

  seat(id: string): HallSeat | undefined {
    return this.#seats.get(id);
  }

  /** Takes note of a change, unless it knows a newer one. */
  note({ seatId, status, version }: Pick<SeatChange, 'seatId' | 'status' | 'version'>): void {
    const seat = this.#seats.get(seatId);
    if (!seat || version < seat.version) return;
    seat.version = version;
    this.#believe(seat, status === 'available');
  }

  /**
   * Takes note that these seats are available and that no others are.
   *
   * @param versions the version of each available seat, by its id
   * @param heard changes that arrived while PostgreSQL was read; they may be newer
   */
  noteAvailable(versions: ReadonlyMap<string, number>, heard: readonly SeatChange[]): void {
    for (const [seatId, version] of versions) {
      this.outdated ||= !this.#seats.has(seatId);
      this.note({ seatId, status: 'available', version });
    }
    const newer = new Set(heard.map(({ seatId }) => seatId));
    for (const seat of this.#seats.values())
      if (seat.available && !versions.has(seat.id) && !newer.has(seat.id)) this.#believe(seat, false);
  }

  /** Leaves a seat out of every choice until it is put back: a request is about to take it. */
  leaveOut(seat: HallSeat): void {
    this.#leftOut.add(seat);
    seat.row.set(seat, false);
  }

  putBack(seats: Iterable<HallSeat>): void {
    for (const seat of seats) if (this.#leftOut.delete(seat)) seat.row.set(seat, seat.available);
  }

  #believe(seat: HallSeat, available: boolean): void {
    if (seat.available !== available) this.#available += available ? 1 : -1;
    seat.available = available;
    seat.row.set(seat, available && !this.#leftOut.has(seat));
  }
}
