import type { ProblemCode } from './code.ts';

/**
 * What a person can do about an error:
 *
 * - `choose`: something else, on the page where they are
 * - `retry`: the same again, after the seconds that the service asks for
 * - `reload`: the page, which shows an old state
 * - `sign-in`, or go to the `event`, its `line`, all `events` or their own `reservations`
 */
export type NextStep =
  | 'choose'
  | 'retry'
  | 'reload'
  | 'sign-in'
  | 'event'
  | 'line'
  | 'events'
  | 'reservations';

export const nextSteps: Record<ProblemCode, NextStep> = {
  VALIDATION_FAILED: 'choose',
  MALFORMED_BODY: 'reload',
  UNAUTHENTICATED: 'sign-in',
  TOKEN_INVALID: 'sign-in',
  TOKEN_EXPIRED: 'sign-in',
  FORBIDDEN: 'sign-in',
  QUEUE_REQUIRED: 'line',
  EVENT_NOT_FOUND: 'events',
  TICKET_TYPE_NOT_FOUND: 'event',
  SEAT_NOT_FOUND: 'reload',
  SEAT_MAP_NOT_FOUND: 'event',
  RESERVATION_NOT_FOUND: 'reservations',
  LOTTERY_NOT_FOUND: 'event',
  WEBHOOK_NOT_FOUND: 'reload',
  DELIVERY_NOT_FOUND: 'reload',
  SEAT_BLOCK_NOT_FOUND: 'reload',
  LAYOUT_NOT_FOUND: 'reload',
  POSTER_NOT_FOUND: 'reload',
  ROUTE_NOT_FOUND: 'reload',
  METHOD_NOT_ALLOWED: 'reload',
  SEAT_UNAVAILABLE: 'choose',
  SEAT_EXISTS: 'choose',
  SECTION_IN_USE: 'choose',
  SEAT_LOCKED: 'choose',
  SOLD_OUT: 'choose',
  RESERVATION_NOT_CANCELLABLE: 'choose',
  ITEMS_NOT_HELD: 'reload',
  RESERVATION_NOT_EXTENDABLE: 'choose',
  ALREADY_PAID: 'reservations',
  PAYMENT_REUSED: 'reservations',
  REFUND_NOT_DUE: 'reload',
  TOO_MANY_WEBHOOKS: 'choose',
  WEBHOOK_WITHOUT_URL: 'choose',
  TOTAL_BELOW_CLAIMED: 'choose',
  TICKET_TYPE_IN_USE: 'choose',
  LAYOUT_NAME_TAKEN: 'choose',
  LAYOUT_IN_USE: 'choose',
  EVENT_NOT_DRAFT: 'reload',
  EVENT_NOT_PUBLISHED: 'reload',
  EVENT_HAS_RESERVATIONS: 'choose',
  IDEMPOTENCY_KEY_REUSED: 'reload',
  IDEMPOTENCY_IN_FLIGHT: 'retry',
  REQUEST_TIMEOUT: 'retry',
  RESERVATION_EXPIRED: 'event',
  CHANGES_GONE: 'reload',
  PAYMENT_TOO_LATE: 'reservations',
  PRECONDITION_FAILED: 'reload',
  BODY_TOO_LARGE: 'choose',
  UNSUPPORTED_MEDIA_TYPE: 'choose',
  SALE_NOT_STARTED: 'event',
  SALE_ENDED: 'events',
  EVENT_CANCELLED: 'events',
  TOO_MANY_SEATS: 'choose',
  COMPANION_SEAT: 'choose',
  TOO_MANY_TICKETS: 'choose',
  QUANTITY_NOT_ALLOWED: 'choose',
  TOO_MANY_TICKET_TYPES: 'choose',
  POSTER_NOT_ACCEPTED: 'choose',
  DUPLICATE_TICKET_TYPE: 'choose',
  AMOUNT_MISMATCH: 'reservations',
  LOBBY_TOO_LATE: 'reload',
  EVENT_INCOMPLETE: 'choose',
  PRECONDITION_REQUIRED: 'reload',
  TOO_MANY_REQUESTS: 'retry',
  HEADERS_TOO_LARGE: 'sign-in',
  INTERNAL_ERROR: 'retry',
  SERVICE_UNAVAILABLE: 'retry',
  NETWORK_ERROR: 'retry',
  UNEXPECTED_ANSWER: 'retry',
};
