import type { components, operations } from '../../contract/types.ts';

type Schemas = components['schemas'];

export type EventFilter = Schemas['EventFilter'];
export type EventStatus = Schemas['EventStatus'];
export type EventSummary = Schemas['EventSummary'];
export type EventList = Schemas['EventList'];
export type EventDetail = Schemas['EventDetail'];
export type EventWithTicketTypes = Schemas['EventWithTicketTypes'];
export type Pagination = Schemas['Pagination'];
export type TicketType = Schemas['TicketType'];
export type TicketTypeList = Schemas['TicketTypeList'];
export type TicketAvailability = Schemas['TicketAvailability'];
export type Section = Schemas['Section'];
export type SeatLayout = Schemas['SeatLayout'];
export type SeatLayoutList = Schemas['SeatLayoutList'];
export type Seat = Schemas['Seat'];
export type SeatStatus = Schemas['SeatStatus'];
export type SeatMap = Schemas['SeatMap'];
export type SeatHoldRequest = Schemas['SeatHoldRequest'];
export type SeatHold = Schemas['SeatHold'];
export type BestAvailableRequest = Schemas['BestAvailableRequest'];
export type BestAvailableHold = Schemas['BestAvailableHold'];
export type HeldSeat = Schemas['HeldSeat'];
export type ReservedSeat = Schemas['ReservedSeat'];
export type SeatReservation = Schemas['SeatReservation'];
export type SeatReservationDetail = Schemas['SeatReservationDetail'];
export type PurchaseRequest = Schemas['PurchaseRequest'];
export type PurchaseItem = Schemas['PurchaseItem'];
export type Purchase = Schemas['Purchase'];
export type Reservation = Schemas['Reservation'];
export type ReservationDetail = Schemas['ReservationDetail'];
export type ReservationItem = Schemas['ReservationItem'];
export type ReservationList = Schemas['ReservationList'];
export type ReservationStatus = Schemas['ReservationStatus'];
export type ReservationSummary = Schemas['ReservationSummary'];
export type Extension = Schemas['Extension'];
export type PaymentNotice = Schemas['PaymentNotice'];
export type Confirmation = Schemas['Confirmation'];
export type ReservationPayment = Schemas['ReservationPayment'];
export type Refund = Schemas['Refund'];
export type RefundList = Schemas['RefundList'];
export type PaymentStatus = Schemas['PaymentStatus'];
export type Message = Schemas['Message'];
export type QueueEntry = Schemas['QueueEntry'];
export type QueueStatus = Schemas['QueueStatus'];
export type QueueState = Schemas['QueueState'];
export type QueueAdmin = Schemas['QueueAdmin'];
export type QueueSettings = Schemas['QueueSettings'];
export type QueueStatistics = Schemas['QueueStatistics'];
export type QueueLottery = Schemas['QueueLottery'];
export type QueueLotteryOrder = Schemas['QueueLotteryOrder'];
export type Health = Schemas['Health'];
export type Readiness = Schemas['Readiness'];

/** But for what Prometheus asks for. */
export type OperationId = Exclude<keyof operations, 'getMetrics'>;

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
/** An absent part of a request adds nothing to the input. */
type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Body<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer Content } };
}
  ? Content
  : unknown;
type Flat<T> = { [Key in keyof T]: T[Key] };

/** What an operation is asked with: its path and query parameters, or its body, in one object under the contract's names. */
export type Input<Id extends OperationId> = Flat<
  Part<Parameters<Id>['path']> & Part<Parameters<Id>['query']> & Body<Id>
>;

type Success<Responses> = Responses[keyof Responses & (200 | 201)];

/** The body of an operation's success. */
export type Output<Id extends OperationId> =
  Success<operations[Id]['responses']> extends { content: { 'application/json': infer Content } }
    ? Content
    : never;

/** For one call. */
export interface CallOptions {
  /** Ends the call early; it then rejects with the signal's own reason, not with a `TiketiError`. */
  signal?: AbortSignal;
  /** Sent beside what the client sends itself. */
  headers?: Record<string, string>;
}

/** An operation as a function: without input where it takes none, with an optional one where all of it is. */
export type Operation<Id extends OperationId> = keyof Input<Id> extends never
  ? (options?: CallOptions) => Promise<Output<Id>>
  : Partial<Input<Id>> extends Input<Id>
    ? (input?: Input<Id>, options?: CallOptions) => Promise<Output<Id>>
    : (input: Input<Id>, options?: CallOptions) => Promise<Output<Id>>;

export type EveryOperation = { [Id in OperationId]: Operation<Id> };
