import type { Watches } from '../watch/types.ts';
import type { EndingOperations } from './organizer/endings.ts';
import type { EventOperations } from './organizer/events.ts';
import type { HallOperations } from './organizer/halls.ts';
import type { IntegrationOperations } from './organizer/integrations.ts';
import type { PosterOperations } from './organizer/posters.ts';
import type { SalesOperations } from './organizer/sales.ts';
import type { SeatOperations } from './organizer/seats.ts';
import type { StatusOperations } from './organizer/status.ts';
import type { TicketTypeOperations } from './organizer/ticket-types.ts';
import type { EveryOperation, Operation } from './types.ts';

/**
 * The REST API, one function for each operation. Ids are UUIDs, times are ISO 8601 strings in UTC, amounts are whole won.
 *
 * Every function can reject with a {@link TiketiError} with the code `NETWORK_ERROR`, `UNEXPECTED_ANSWER`, `INTERNAL_ERROR` or
 * `SERVICE_UNAVAILABLE` (`retryAfter` seconds), and with `VALIDATION_FAILED` (see `details`) for input that breaks the contract.
 * Functions that need a token can also reject with `UNAUTHENTICATED`, `TOKEN_INVALID`, `TOKEN_EXPIRED` and `TOO_MANY_REQUESTS`
 * (`retryAfter` seconds). Each function lists its other codes.
 *
 * Retries of the functions that reserve, extend, confirm, cancel or record a refund are safe with
 * `{ headers: { 'idempotency-key': crypto.randomUUID() } }` and the same key in each attempt. They then also reject with
 * `IDEMPOTENCY_KEY_REUSED` (the key was used for a different request) and `IDEMPOTENCY_IN_FLIGHT` (`retryAfter` seconds).
 */
export interface TiketiClient
  extends EveryOperation,
    HallOperations,
    EventOperations,
    SeatOperations,
    TicketTypeOperations,
    EndingOperations,
    PosterOperations,
    SalesOperations,
    IntegrationOperations,
    StatusOperations,
    Watches {
  /** Checks that the process is alive: `{ status, service, uptime }`, `uptime` in seconds. */
  getHealth: Operation<'getHealth'>;

  /**
   * Checks that the service can serve: `{ status, postgres, redis }`, each dependency with its `status` and `latencyMs`. If it can't,
   * the result has the status `unavailable`.
   */
  getReadiness: Operation<'getReadiness'>;

  /**
   * Lists and searches events. The result can be up to 30 seconds old.
   *
   * @param input `{ status?, q?, page?, limit? }`: pages count from 1, `limit` is 1 to 1000 and 10 by default, `q` has at most 100
   *   characters and searches title, artist, venue and address, by Korean or English names
   * @returns `{ events, pagination: { page, limit, total, totalPages } }`
   */
  listEvents: Operation<'listEvents'>;

  /**
   * Gets an event with its ticket types.
   *
   * @param input `{ id }` of the event
   * @returns `{ event, ticketTypes }`; `event.seat_layout_id` is null if it isn't sold by seat
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  getEvent: Operation<'getEvent'>;

  /**
   * Lists the ticket types of an event with price and stock.
   *
   * @param input `{ eventId }`
   * @returns `{ version, ticketTypes }`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  listTicketTypes: Operation<'listTicketTypes'>;

  /**
   * Gets the stock of a ticket type.
   *
   * @param input `{ ticketTypeId }`
   * @returns `{ available_quantity, total_quantity }`
   * @throws TiketiError `TICKET_TYPE_NOT_FOUND`
   */
  getTicketAvailability: Operation<'getTicketAvailability'>;

  /** Lists the halls with their sections: `{ layouts }`. */
  listSeatLayouts: Operation<'listSeatLayouts'>;

  /**
   * Gets every seat of an event with its price and status: `available`, `locked` (held, not paid yet) or `reserved` (sold).
   *
   * @param input `{ eventId }`
   * @returns `{ event, layout, seats }`
   * @throws TiketiError `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` if the event isn't sold by seat
   */
  getSeatMap: Operation<'getSeatMap'>;

  /**
   * Gets the seats of an event without their status, by columns: item i of each list belongs to the seat with index i.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, layout, ids, sections, rows, numbers, labels, prices }`
   * @throws TiketiError `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` if the event isn't sold by seat
   */
  getSeatLayout: Operation<'getSeatLayout'>;

  /**
   * Gets the status of every seat at one version of the event, at two bits a seat.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, version, layout, count, statuses }`
   * @throws TiketiError `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` if the event isn't sold by seat
   */
  getSeatStatuses: Operation<'getSeatStatuses'>;

  /**
   * Gets the last state of each seat and stock that changed after a version.
   *
   * @param input `{ eventId, since }`
   * @returns `{ eventId, from, version, layout, seats, stock }`
   * @throws TiketiError `EVENT_NOT_FOUND`, `CHANGES_GONE` (read layout and statuses again)
   */
  getEventChanges: Operation<'getEventChanges'>;

  /**
   * Holds all of the seats or none, for the signed-in user until `reservation.expiresAt` (after five minutes by default).
   *
   * @param input `{ eventId, seatIds }`, each seat once
   * @returns `{ message, reservation: { id, reservationNumber, totalAmount, expiresAt, seats } }`
   * @throws TiketiError `QUEUE_REQUIRED` (join the waiting room first; the error's `queue` is the user's place), `EVENT_NOT_FOUND`,
   *   `SEAT_NOT_FOUND`, `SEAT_UNAVAILABLE` (held or sold), `SEAT_LOCKED` (another user is taking it), `SOLD_OUT`, `SALE_NOT_STARTED`,
   *   `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_SEATS`, `COMPANION_SEAT` (choose the accessible seat beside it too)
   */
  reserveSeats: Operation<'reserveSeats'>;

  /**
   * Holds the best available seats for the signed-in user: front and centre first, side by side if any row has that many.
   *
   * @param input `{ eventId, quantity, section?, maxPrice? }`, `maxPrice` for each seat
   * @returns `{ message, reservation }` as `reserveSeats`, with `reservation.adjacent`: whether all seats are side by side in one row
   * @throws TiketiError `QUEUE_REQUIRED` (join the waiting room first), `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` (not sold by seat),
   *   `SOLD_OUT` (not enough are left), `SALE_NOT_STARTED`, `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_SEATS`
   */
  holdBestAvailable: Operation<'holdBestAvailable'>;

  /**
   * Gets one of the user's own reservations with its seats, for a payment page.
   *
   * @param input `{ reservationId }`
   * @returns `{ reservation }` with `isExpired`, `expires_at` and `seats`
   * @throws TiketiError `RESERVATION_NOT_FOUND`, also for another user's reservation
   */
  getSeatReservation: Operation<'getSeatReservation'>;

  /**
   * Buys tickets by type, all items or none. An unpaid reservation expires at `reservation.expiresAt`.
   *
   * @param input `{ eventId, items: [{ ticketTypeId, quantity }] }`, whole quantities from 1, each ticket type once
   * @returns `{ message, reservation: { id, reservationNumber, totalAmount, expiresAt } }`
   * @throws TiketiError `QUEUE_REQUIRED` (join the waiting room first), `EVENT_NOT_FOUND`, `TICKET_TYPE_NOT_FOUND`, `SOLD_OUT`,
   *   `SALE_NOT_STARTED`, `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_TICKETS`, `DUPLICATE_TICKET_TYPE`, `QUANTITY_NOT_ALLOWED`
   */
  createReservation: Operation<'createReservation'>;

  /**
   * Lists the user's own reservations, newest first.
   *
   * @param input `{ limit?, cursor? }`: `limit` is 1 to 100 and 20 by default, `cursor` is the `nextCursor` of the previous page
   * @returns `{ reservations, nextCursor }`, `nextCursor` is null on the last page
   */
  listMyReservations: Operation<'listMyReservations'>;

  /**
   * Gets one of the user's own reservations.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ reservation }` with its `items`, `cancelled_items` and `refunds`, and the `extend_seconds` that `extendReservation` would
   *   add, 0 if it isn't possible
   * @throws TiketiError `RESERVATION_NOT_FOUND`, also for another user's reservation
   */
  getReservation: Operation<'getReservation'>;

  /**
   * Cancels one of the user's own reservations, or some of its seats and tickets. They are available again when this resolves.
   *
   * @param input `{ id }` of the reservation, and `items` if the rest is to stay: `[{ seatId }, { ticketTypeId, quantity }]`
   * @returns `{ message, refund_amount, reservation }`, the reservation with the `total_amount` of what is left
   * @throws TiketiError `RESERVATION_NOT_FOUND`, `RESERVATION_NOT_CANCELLABLE` (already cancelled, or the event has begun),
   *   `ITEMS_NOT_HELD` (the reservation doesn't have them), `RESERVATION_EXPIRED`
   */
  cancelReservation: Operation<'cancelReservation'>;

  /**
   * Extends the time to pay one of the user's own reservations, once.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ message, reservation: { id, expiresAt } }`
   * @throws TiketiError `QUEUE_REQUIRED` (join the waiting room first), `RESERVATION_NOT_FOUND`, `RESERVATION_NOT_EXTENDABLE`
   *   (already extended, paid or cancelled, or the event is cancelled or has begun), `RESERVATION_EXPIRED`
   */
  extendReservation: Operation<'extendReservation'>;

  /**
   * Records a payment, for services. Repeating a `paymentId` is safe: it is not a second payment.
   *
   * @param input `{ id, paymentId, paymentMethod, amount }`, `id` of the reservation
   * @returns `{ message, reservation }` with `status`, `payment_status`, `refund_due`, `payment_method`, `paymentId` and `total_amount`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`, `AMOUNT_MISMATCH`, `ALREADY_PAID` (by another payment), `PAYMENT_REUSED`
   *   (it paid for another reservation), `PAYMENT_TOO_LATE` (the hold is lost, or the event was cancelled or has begun: refund it)
   */
  confirmReservation: Operation<'confirmReservation'>;

  /**
   * Records that money was paid back, for services. Repeating it is safe.
   *
   * @param input `{ id }` of the reservation, and `refundId` if only one of its refunds was made
   * @returns `{ message, reservation }` as `getPayment`, with `refunded_at`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`, `REFUND_NOT_DUE` (no payment is due for refund)
   */
  noteRefund: Operation<'noteRefund'>;

  /**
   * Gets the payment of a reservation, for services.
   *
   * @param input `{ id }` of the reservation of any user
   * @returns `{ reservation }` with `payment_id`, `paid_at`, `refund_due` (whether it must be paid back) and `refunded_at`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`
   */
  getPayment: Operation<'getPayment'>;

  /**
   * Lists the reservations whose payment is due for refund, for services, oldest payment first. The payment came too late, or the
   * reservation was cancelled afterwards.
   *
   * @param input `{ limit?, cursor? }` as `listMyReservations`
   * @returns `{ reservations, nextCursor }`, `nextCursor` is null on the last page
   * @throws TiketiError `FORBIDDEN`
   */
  listRefundsDue: Operation<'listRefundsDue'>;

  /**
   * Enters the event if there is room and the line is empty. Otherwise takes a place in line, or keeps the user's place. If the event
   * opens a lobby before its sale, the user takes part in the lottery at the start. Contact keeps the place or the entry: this call,
   * `getQueueStatus`, `heartbeatQueue`, or a socket that has joined the queue.
   *
   * @param input `{ eventId }`
   * @returns Inside: `{ queued: false, state: 'inside', pass, … }`. In line: `queued` is true and `state` is `'waiting'`, with `position`
   *   (1 is next), `queueSize`, `estimatedWait` and `estimatedWaitRange: { min, max }` in seconds, `sequence` and `servedSeq` (see
   *   `positionInLine`) and `ticket`. The socket receives `queue-entry-allowed` when it is the user's turn. In the lobby: `state` is
   *   `'lobby'`, `position` is 0 and `startsAt` is the time of the draw. Before the lobby opens: `state` is `'outside'`. Clients that
   *   poll ask again after `nextPollMs`. The client keeps the latest `pass` and `ticket`, and sends them with its next calls
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  checkQueue: Operation<'checkQueue'>;

  /**
   * Gets the user's place in line. It counts as contact for a user who has a place, and never gives a place.
   *
   * @param input `{ eventId }`
   * @returns `{ queued, state, position, queueSize, estimatedWait, estimatedWaitRange, currentUsers, threshold, servedSeq, nextPollMs }`.
   *   Position 0 means not in line, and waits are in seconds. `sequence`, `ticket`, `pass`, `startsAt`, `keptUntil` (when the
   *   place ends without another contact), `paused` and `clearedAt` (when an administrator last cleared the line) are as in `checkQueue`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  getQueueStatus: Operation<'getQueueStatus'>;

  /**
   * Keeps the user's place, in line or inside. For pages without a socket in the queue.
   *
   * @param input `{ eventId }`
   * @returns as `getQueueStatus`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  heartbeatQueue: Operation<'heartbeatQueue'>;

  /**
   * Gives up the place in line or inside. The next user gets it at once.
   *
   * @param input `{ eventId }`
   * @returns `{ message }`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  leaveQueue: Operation<'leaveQueue'>;

  /**
   * Gets the lottery that orders the users in the lobby when the sale starts. Save `seedHash` before the start, to verify the draw.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, state, opensAt, drawsAt, seedHash, seed, drawnAt, entries }`: the last three are null until the draw
   * @throws TiketiError `EVENT_NOT_FOUND`, `LOTTERY_NOT_FOUND` if the event has none
   */
  getQueueLottery: Operation<'getQueueLottery'>;

  /**
   * Gets the order that was drawn, with a number for each participant.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, entries, numbers }`: 16 hexadecimal digits each, in the order of the draw; a few megabytes for 200,000 users
   * @throws TiketiError `EVENT_NOT_FOUND`, `LOTTERY_NOT_FOUND` if the event has none, or before the draw
   */
  getQueueLotteryOrder: Operation<'getQueueLotteryOrder'>;

  /**
   * Gets the waiting room of an event, for administrators.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, queueSize, currentUsers, threshold, available, servedSeq, lobbySize }`, the settings `paused`, `drainPerSecond`
   *   and `lobbyMinutes`, and the statistics of the last hour in `stats`: arrivals, admissions, abandonments, waits in seconds, and
   *   errors of the estimates as fractions of the wait. A value without measurements is null
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  getQueueAdmin: Operation<'getQueueAdmin'>;

  /**
   * Changes the settings of a waiting room, for administrators. They apply on every instance of the service within a second.
   *
   * @param input `{ eventId, threshold?, drainPerSecond?, paused?, lobbyMinutes? }`, at least one setting. `threshold` is the number of
   *   users who may be inside (null: the default of the service), `drainPerSecond` the highest number of users admitted per second
   *   (null: no limit), `lobbyMinutes` the time before the sale when the lobby opens, 1 to 1440 (null: no lobby)
   * @returns as `getQueueAdmin`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `LOBBY_TOO_LATE` (the sale has already started)
   */
  updateQueueSettings: Operation<'updateQueueSettings'>;

  /**
   * Clears the waiting room of an event, for administrators. Waiting users receive `queue-cleared`.
   *
   * @param input `{ eventId }`
   * @returns `{ message }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  clearQueue: Operation<'clearQueue'>;
}
