import type { SeatStatus } from '../database/schema.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import type { IdempotencyKey } from '../idempotency/key.ts';
import type { Tokens } from '../waiting-room/types.ts';
import type { Wish } from './best-available/find-seats.ts';

interface Common {
  userId: string;
  eventId: string;
  /** The text of the answer, should it be granted. */
  message: string;
  idempotency?: IdempotencyKey | undefined;
  /** What the buyer shows of his place in the waiting room. */
  tokens?: Tokens;
  /** Holds that are over have been ended for it: a refusal is the last word. */
  final?: boolean;
}

export type SeatsRequest = Common & { kind: 'seats'; seatIds: string[] };
export type TicketsRequest = Common & {
  kind: 'tickets';
  items: { ticketTypeId: string; quantity: number }[];
};
export type BestRequest = Common & { kind: 'best' } & Wish;
/** What a buyer asks of the sale engine. */
export type HoldRequest = SeatsRequest | TicketsRequest | BestRequest;

export interface HeldSeat {
  id: string;
  seat_label: string;
  /** Whole won. */
  price: number;
  status: SeatStatus;
}

export interface HeldReservation {
  id: string;
  reservationNumber: string;
  /** Whole won. */
  totalAmount: number;
  expiresAt: string;
}

/** The answer to a request that is granted: `seats` where there are any, `adjacent` where the best were asked for. */
export interface Granted {
  message: string;
  reservation: HeldReservation & { seats?: HeldSeat[]; adjacent?: boolean };
}

export interface Refused {
  kind: 'refused';
  code: ErrorCode;
  /** What is wanted is held by somebody whose time is over. */
  overdue?: boolean | undefined;
}

/** What became of one request. */
export type HoldOutcome =
  | { kind: 'granted'; answer: Granted }
  | Refused
  /** Others are at the seats that are left at this very moment: ask again. */
  | { kind: 'crowded' }
  /** Decided before, under the same key: this was the answer. */
  | { kind: 'replayed'; status: number; body: string };
