import type { SeatStatus } from '../database/schema.ts';

export interface SeatChange {
  seatId: string;
  status: SeatStatus;
  /** Grows with each change of this seat. */
  version: number;
}

interface StockChange {
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
  /** The version before the commit. */
  from: number;
  version: number;
  availableSeats: number;
}

/** The changes of one commit in one event, announced after it. */
export interface Changes extends Touched, EventVersion {}

/** What was touched in one event among several; nothing at first. */
export function touchedIn(byEvent: Map<string, Touched>, eventId: string): Touched {
  let touched = byEvent.get(eventId);
  if (!touched) {
    touched = { eventId, seats: [], stock: [] };
    byEvent.set(eventId, touched);
  }
  return touched;
}
