import type { Outcome } from '../../../idempotency/answer-once.ts';
import type { Caller } from '../../../idempotency/key.ts';
import type { Tokens } from '../../../waiting-room/types.ts';
import type { Cancelled } from '../cancel.ts';
import type { Payment } from '../confirm.ts';
import type { Extended } from '../extend.ts';

interface Common extends Caller {
  reservationId: string;
  eventId: string;
  /** The user who has the reservation. */
  ownerId: string;
  /** Decides the request in a transaction of its own. */
  alone(): Promise<Outcome<object>>;
}

export type ConfirmRequest = Common & { kind: 'confirm'; payment: Payment; answer: object };
export type CancelRequest = Common & { kind: 'cancel'; answer(cancelled: Cancelled): object };
export type ExtendRequest = Common & {
  kind: 'extend';
  /** The buyer's proofs of a place in the waiting room. */
  tokens?: Tokens | undefined;
  answer(extended: Extended): object;
};

/** A request about a reservation that exists, by its owner or by a payment service. */
export type LifecycleRequest = ConfirmRequest | CancelRequest | ExtendRequest;

/** What a batch says to a request. `alone`: it is rare, or its batch failed, so that it is decided by itself. */
export type BatchOutcome = Outcome<object> | 'alone';
