import type { SeatStatus } from '../database/schema.ts';

export interface SeatChange {
  seatId: string;
  status: SeatStatus;
  /** Grows with each change of this seat. */
  version: number;
}

export interface StockChange {
  ticketTypeId: string;
  availableQuantity: number;
  totalQuantity: number;
  /** Grows with each change of this stock. */
  version: number;
}

/** The changes of one decision in one event. */
export interface Touched {
  eventId: string;
  seats: SeatChange[];
  stock: StockChange[];
}

/** Where a commit has brought an event, as the transaction reads it before it ends. */
export interface EventVersion {
  /** The version before the commit. The same as `version` if the commit changed neither seats nor stock. */
  from: number;
  version: number;
  availableSeats: number;
}

/** The changes of one commit in one event, announced after it. */
export interface Changes extends Touched, EventVersion {}

/** The changes of one event among those of several; empty at first. */
export function changesIn(byEvent: Map<string, Touched>, eventId: string): Touched {
  let changes = byEvent.get(eventId);
  if (!changes) {
    changes = { eventId, seats: [], stock: [] };
    byEvent.set(eventId, changes);
  }
  return changes;
}
