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
export type SeatAttribute = Schemas['SeatAttribute'];
export type SeatMap = Schemas['SeatMap'];
export type SeatLayoutColumns = Schemas['SeatLayoutColumns'];
export type SeatStatuses = Schemas['SeatStatuses'];
export type EventChanges = Schemas['EventChanges'];
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
export type CancelRequest = Schemas['CancelRequest'];
export type CancelledItem = Schemas['CancelledItem'];
export type Cancellation = Schemas['Cancellation'];
export type Extension = Schemas['Extension'];
export type PaymentNotice = Schemas['PaymentNotice'];
export type Confirmation = Schemas['Confirmation'];
export type ReservationPayment = Schemas['ReservationPayment'];
export type Refund = Schemas['Refund'];
export type RefundList = Schemas['RefundList'];
export type RefundDetail = Schemas['RefundDetail'];
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
export type SalesOverview = Schemas['SalesOverview'];
export type SalesSeries = Schemas['SalesSeries'];
export type CancelForBuyerRequest = Schemas['CancelForBuyerRequest'];
export type FoundReservation = Schemas['FoundReservation'];
export type FoundReservations = Schemas['FoundReservations'];
export type FoundReservationPage = Schemas['FoundReservationPage'];
export type ReservationHistory = Schemas['ReservationHistory'];
export type ReservationHistoryEntry = Schemas['ReservationHistoryEntry'];
export type OrganizerLayout = Schemas['OrganizerLayout'];
export type NewLayout = Schemas['NewLayout'];
export type LayoutChange = Schemas['LayoutChange'];
export type NewPlace = Schemas['NewPlace'];
export type OrganizerEvent = Schemas['OrganizerEvent'];
export type OrganizerEventList = Schemas['OrganizerEventList'];
export type NewEvent = Schemas['NewEvent'];
export type EventChange = Schemas['EventChange'];
export type EventCancelRequest = Schemas['EventCancelRequest'];
export type EventCancellation = Schemas['EventCancellation'];
export type EventPostponement = Schemas['EventPostponement'];
export type CancellationProgress = Schemas['CancellationProgress'];
export type AuditPage = Schemas['AuditPage'];
export type AuditEntry = Schemas['AuditEntry'];
export type OutboxPage = Schemas['OutboxPage'];
export type OutboxEvent = Schemas['OutboxEvent'];
export type OutboxType = Schemas['OutboxType'];
export type Webhook = Schemas['Webhook'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
export type ReservationMessage = Schemas['ReservationMessage'];
export type EventMessage = Schemas['EventMessage'];
export type SeatBlockMessage = Schemas['SeatBlockMessage'];
export type Health = Schemas['Health'];
export type Readiness = Schemas['Readiness'];
export type ServiceStatus = Schemas['ServiceStatus'];
export type InstanceStatus = Schemas['InstanceStatus'];

/** What the service sends to others. */
type WebhookId = 'reservationHappened' | 'eventHappened' | 'seatBlockHappened';

/** Every operation except that for Prometheus, the stream, which is no call with an answer, and posters, which a page shows by their address. */
export type OperationId = Exclude<keyof operations, 'getMetrics' | 'streamEvent' | 'getPoster' | WebhookId>;

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
/** A part that the request does not have adds nothing to the input. */
type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Body<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer Content } };
}
  ? Content
  : operations[Id] extends { requestBody?: { content: { 'application/json': infer Content } } }
    ? Partial<Content>
    : operations[Id] extends { requestBody: { content: { 'text/csv': string } } }
      ? { csv: string }
      : operations[Id] extends { requestBody: { content: { 'image/png': unknown } } }
        ? { image: Blob }
        : unknown;
type Flat<T> = { [Key in keyof T]: T[Key] };

/** The input of an operation: its path and query parameters, or its body, in one object with the names of the contract. */
export type Input<Id extends OperationId> = Flat<
  Part<Parameters<Id>['path']> & Part<Parameters<Id>['query']> & Body<Id>
>;

type Success<Responses> = Responses[keyof Responses & (200 | 201 | 202)];

type Files = { 'text/csv': string } | { 'application/x-ndjson': string };

/** The body of a successful answer. An export is a stream, because it may be larger than the memory. */
export type Output<Id extends OperationId> =
  Success<operations[Id]['responses']> extends { content: { 'application/json': infer Content } }
    ? Content
    : Success<operations[Id]['responses']> extends { content: Files }
      ? ReadableStream<Uint8Array>
      : never;

/** The options of one call. */
export interface CallOptions {
  /** Aborts the call. It then rejects with the reason of the signal, not with a `TiketiError`. */
  signal?: AbortSignal;
  /** Additional headers. */
  headers?: Record<string, string>;
}

/** An operation as a function. The input is left out if it has no fields, and optional if all of its fields are. */
export type Operation<Id extends OperationId> = keyof Input<Id> extends never
  ? (options?: CallOptions) => Promise<Output<Id>>
  : Partial<Input<Id>> extends Input<Id>
    ? (input?: Input<Id>, options?: CallOptions) => Promise<Output<Id>>
    : (input: Input<Id>, options?: CallOptions) => Promise<Output<Id>>;

export type EveryOperation = { [Id in OperationId]: Operation<Id> };
