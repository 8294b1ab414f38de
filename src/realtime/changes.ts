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

/** The changes of one decision in one event, announced after its commit. */
export interface Changes {
  eventId: string;
  seats: SeatChange[];
  stock: StockChange[];
}

/** The changes of one event among those of several; empty at first. */
export function changesIn(byEvent: Map<string, Changes>, eventId: string): Changes {
  let changes = byEvent.get(eventId);
  if (!changes) {
    changes = { eventId, seats: [], stock: [] };
    byEvent.set(eventId, changes);
  }
  return changes;
}
