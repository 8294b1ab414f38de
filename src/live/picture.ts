import type { SeatColumns } from './seat-columns.ts';
import type { EventChanges, LiveEvent, StatusCode, Stock } from './types.ts';

export interface StockOfVersion extends Stock {
  version: number;
}

/** What changed in an event after version `from`, up to `version`. A later entry replaces an earlier one. */
export interface Step {
  from: number;
  version: number;
  seats: { index: number; status: StatusCode; version: number }[];
  stock: StockOfVersion[];
}

/** An event as PostgreSQL had it at one moment. */
export interface Snapshot {
  version: number;
  layout: SeatColumns;
  statuses: Uint8Array;
  seatVersions: Uint32Array;
  stock: StockOfVersion[];
}

/** An event in memory. It goes from one version to a later one only as a whole. */
export class Picture implements LiveEvent {
  readonly eventId: string;
  version: number;
  layout: SeatColumns;
  statuses: Uint8Array;
  seatVersions: Uint32Array;
  availableSeats: number;
  readonly stock: Map<string, StockOfVersion>;

  constructor(eventId: string, snapshot: Snapshot) {
    this.eventId = eventId;
    this.version = snapshot.version;
    this.layout = snapshot.layout;
    this.statuses = snapshot.statuses;
    this.seatVersions = snapshot.seatVersions;
    this.availableSeats = available(snapshot.statuses);
    this.stock = new Map(snapshot.stock.map((each) => [each.ticketTypeId, each]));
  }

  /** How much memory it takes, in seats. */
  get size(): number {
    return this.statuses.length + this.stock.size + 1;
  }

  apply({ version, seats, stock }: Step): void {
    for (const { index, status, version: seatVersion } of seats) {
      this.availableSeats += Number(status === 0) - Number(this.statuses[index] === 0);
      this.statuses[index] = status;
      this.seatVersions[index] = seatVersion;
    }
    for (const each of stock) this.stock.set(each.ticketTypeId, each);
    this.version = version;
  }

  /** What leads from here to a snapshot with the same layout. */
  stepTo({ version, statuses, seatVersions, stock }: Snapshot): Step {
    const seats: Step['seats'] = [];
    for (const [index, seatVersion] of seatVersions.entries()) {
      const status = statuses[index] as StatusCode;
      if (this.seatVersions[index] !== seatVersion || this.statuses[index] !== status)
        seats.push({ index, status, version: seatVersion });
    }
    return { from: this.version, version, seats, stock: stock.filter((each) => !this.#hasStock(each)) };
  }

  /** The quantities are compared too: PostgreSQL may have lost a version, and given its number to another. */
  #hasStock({ ticketTypeId, version, availableQuantity, totalQuantity }: StockOfVersion): boolean {
    const known = this.stock.get(ticketTypeId);
    return (
      known?.version === version &&
      known.availableQuantity === availableQuantity &&
      known.totalQuantity === totalQuantity
    );
  }

  replace(snapshot: Snapshot): void {
    this.version = snapshot.version;
    this.layout = snapshot.layout;
    this.statuses = snapshot.statuses;
    this.seatVersions = snapshot.seatVersions;
    this.availableSeats = available(snapshot.statuses);
    this.stock.clear();
    for (const each of snapshot.stock) this.stock.set(each.ticketTypeId, each);
  }

  /** The changes of a step, as the wire has them. */
  changesOf({ from, version, seats, stock }: Step): EventChanges {
    const last = new Map(seats.map(({ index, status }) => [index, status]));
    const lastStock = new Map(stock.map(({ version: _, ...each }) => [each.ticketTypeId, each]));
    return {
      eventId: this.eventId,
      from,
      version,
      layout: this.layout.number,
      seats: [...last],
      stock: [...lastStock.values()],
    };
  }
}

function available(statuses: Uint8Array): number {
  let count = 0;
  for (const status of statuses) if (status === 0) count++;
  return count;
}
