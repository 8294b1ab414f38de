import type { BestAvailableHold, Purchase, SeatHold } from '../contract/schemas.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import type { Outcome } from '../idempotency/answer-once.ts';
import type { Caller } from '../idempotency/key.ts';
import type { Tokens } from '../waiting-room/types.ts';

interface Common extends Caller {
  eventId: string;
  /** The text of the answer, if the request is granted. */
  message: string;
  /** The buyer's proofs of a place in the waiting room. */
  tokens?: Tokens;
  /** Set by the engine: the waiting room has let the buyer in, apart from the batch. */
  entered?: boolean;
  /** Set by the engine: the holds in the way have been ended if their time was up, so that a refusal is the last word. */
  final?: boolean;
}

/** Seats that a best-available request would accept. */
export interface Wish {
  quantity: number;
  section?: string | undefined;
  /** Whole won, for each seat. */
  maxPrice?: number | undefined;
}

export type SeatsRequest = Common & { kind: 'seats'; seatIds: string[] };
export type BestRequest = Common & { kind: 'best' } & Wish;
export type TicketsRequest = Common & {
  kind: 'tickets';
  items: { ticketTypeId: string; quantity: number }[];
};

/** A buyer's request to hold seats or tickets of one event. */
export type HoldRequest = SeatsRequest | BestRequest | TicketsRequest;

/** The answer to a granted request of each kind, as the contract has it. */
interface Answers {
  seats: SeatHold;
  best: BestAvailableHold;
  tickets: Purchase;
}
export type AnswerTo<Request extends HoldRequest> = Answers[Request['kind']];

export interface RefusedHold {
  kind: 'refused';
  code: ErrorCode;
  /** A hold whose time is up, and that has not been ended yet, is in the way. */
  overdue?: boolean | undefined;
}

/** What became of a hold request. */
export type HoldOutcome =
  | Exclude<Outcome<AnswerTo<HoldRequest>>, { kind: 'refused' }>
  | RefusedHold
  /** Other requests are about to take the last seats: ask again. */
  | { kind: 'crowded' };
