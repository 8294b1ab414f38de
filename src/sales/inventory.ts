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
