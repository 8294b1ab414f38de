import type { SeatStatus } from '../http/types.ts';
import type { EventChanges, LoadedEvent, StockLevel, WatchedSeat, WatchStep } from './types.ts';

const STATUSES: readonly SeatStatus[] = ['available', 'locked', 'reserved'];

/** To a buyer, a seat that the organizer has blocked (3) is a sold one. */
export const statusOf = (code: number): SeatStatus => STATUSES[code] ?? 'reserved';

/** What to do with a packet: apply it, ignore it, read what was missed before it, or read the whole event again. */
export type Verdict = 'apply' | 'ignore' | 'heal' | 'reload';

/** The seats and the stock of one event, exactly as they were at `version`. */
export class EventState {
  readonly layout: number;
  readonly seats: WatchedSeat[];
  readonly stock = new Map<string, StockLevel>();
  readonly #indexes: Map<string, number>;
  #version: number;

  constructor({ version, layout, seats, stock }: LoadedEvent) {
    this.#version = version;
    this.layout = layout;
    this.seats = seats;
    this.#indexes = new Map(seats.map(({ id }, index) => [id, index]));
    for (const level of stock) this.stock.set(level.ticketTypeId, level);
  }

  get version(): number {
    return this.#version;
  }

  seat(indexOrId: number | string): WatchedSeat | undefined {
    const index = typeof indexOrId === 'number' ? indexOrId : this.#indexes.get(indexOrId);
    return index === undefined ? undefined : this.seats[index];
  }

  /** Layout numbers and versions grow. A packet of an older one was late, and what it tells is known. */
  judge({ from, version, layout }: Pick<EventChanges, 'from' | 'version' | 'layout'>): Verdict {
    if (layout !== this.layout) return layout > this.layout ? 'reload' : 'ignore';
    if (version <= this.#version) return 'ignore';
    return from <= this.#version ? 'apply' : 'heal';
  }

  /** Call it with packets that `judge` says to apply. */
  apply({ version, seats, stock }: EventChanges): WatchStep {
    this.#version = version;
    const changed: WatchedSeat[] = [];
    for (const [index, code] of seats as [number, number][]) {
      const seat = this.seats[index];
      const status = statusOf(code);
      if (seat === undefined || status === seat.status) continue;
      // A new object for each changed seat, so that a view can compare by identity.
      const now = { ...seat, status };
      this.seats[index] = now;
      changed.push(now);
    }
    for (const level of stock) this.stock.set(level.ticketTypeId, level);
    return { version, seats: changed, stock, whole: false };
  }
}
