import type { SeatStatus } from '../database/schema.ts';
import type { ErrorCode } from '../errors/catalogue.ts';

/** A seat, as it is read once its row is locked. */
export interface LockedSeat {
  id: string;
  event_id: string;
  label: string;
  price: number;
  status: SeatStatus;
  version: number;
  /** The time of the hold on it is up, and the hold has not been ended yet. */
  overdue?: boolean;
  /**
   * For a companion seat that isn't released yet, the accessible seats on both sides of it, and the user who holds or has each. It is sold
   * with one of them only.
   */
  companion_of?: { id: string; owner: string | null }[] | null;
  /** Best available leaves it to those who ask for it. */
  kept_apart?: boolean;
}

/** The stock of a ticket type, as it is read once its row is locked. */
export interface LockedStock {
  id: string;
  event_id: string;
  price: number;
  available: number;
  total: number;
  version: number;
  /** Why the ticket type doesn't sell while its event does, or null if it does. */
  refusal: ErrorCode | null;
  /** The quantities that one reservation may have: `min`, `min + step`, and so on up to `max`. */
  min: number;
  max: number | null;
  step: number;
  /** The event has holds whose time is up and that have not been ended yet. */
  overdue?: boolean;
}
