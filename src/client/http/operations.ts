import type { EveryOperation, Operation } from './types.ts';

/**
 * The REST API, one function for each operation. Ids are UUIDs, times are ISO 8601 strings in UTC, amounts are whole won.
 *
 * Any of them can reject with a {@link TiketiError} of the codes `NETWORK_ERROR`, `UNEXPECTED_ANSWER`, `INTERNAL_ERROR` and
 * `SERVICE_UNAVAILABLE` (`retryAfter` seconds), and with `VALIDATION_FAILED` (`details` says where) on input that breaks the
 * contract. Those that need a token: also with `UNAUTHENTICATED`, `TOKEN_INVALID`, `TOKEN_EXPIRED` and `TOO_MANY_REQUESTS`
 * (`retryAfter` seconds). What else, each of them says.
 *
 * Those that reserve, extend, confirm, cancel or note a refund can be tried again without doing anything twice: give them
 * `{ headers: { 'idempotency-key': crypto.randomUUID() } }`, the same key for each try. They then also reject with
 * `IDEMPOTENCY_KEY_REUSED` (the key came with another request before) and `IDEMPOTENCY_IN_FLIGHT` (`retryAfter` seconds).
 */
export interface TiketiClient extends EveryOperation {
  /** Is the process alive: `{ status, service, uptime }`, `uptime` in seconds. */
  getHealth: Operation<'getHealth'>;

  /**
   * Can it serve: `{ status, postgres, redis }`, each dependency with its `status` and `latencyMs`. Resolves also while it can't,
   * with the status `unavailable`.
   */
  getReadiness: Operation<'getReadiness'>;

  /**
   * Lists and searches events, up to 30 seconds old.
   *
   * @param input `{ status?, q?, page?, limit? }`: pages count from 1, `limit` is 1 to 1000 and 10 where it is left out, `q` has
   *   100 characters at most and looks into title, artist, venue and address, across Korean and English names
   * @returns `{ events, pagination: { page, limit, total, totalPages } }`
   */
  listEvents: Operation<'listEvents'>;

  /**
   * One event with its ticket types.
   *
   * @param input `{ id }` of the event
   * @returns `{ event, ticketTypes }`; `event.seat_layout_id` is null where it isn't sold by seat
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  getEvent: Operation<'getEvent'>;

  /**
   * The ticket types of an event with price and stock.
   *
   * @param input `{ eventId }`
   * @returns `{ ticketTypes }`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  listTicketTypes: Operation<'listTicketTypes'>;

  /**
   * The stock of one ticket type.
   *
   * @param input `{ ticketTypeId }`
   * @returns `{ available_quantity, total_quantity }`
   * @throws TiketiError `TICKET_TYPE_NOT_FOUND`
   */
  getTicketAvailability: Operation<'getTicketAvailability'>;

  /** The halls with their sections: `{ layouts }`. */
  listSeatLayouts: Operation<'listSeatLayouts'>;

  /**
   * Every seat of an event with its price and status: `available`, `locked` (held, not yet paid) or `reserved` (sold).
   *
   * @param input `{ eventId }`
   * @returns `{ event, layout, seats }`
   * @throws TiketiError `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` where the event isn't sold by seat
   */
  getSeatMap: Operation<'getSeatMap'>;

  /**
   * Holds seats for the signed-in user, all of them or none, until `reservation.expiresAt` (five minutes).
   *
   * @param input `{ eventId, seatIds }`, no seat twice
   * @returns `{ message, reservation: { id, reservationNumber, totalAmount, expiresAt, seats } }`
   * @throws TiketiError `QUEUE_REQUIRED` (pass the waiting room first; the error's `queue` says where one stands), `EVENT_NOT_FOUND`,
   *   `SEAT_NOT_FOUND`, `SEAT_UNAVAILABLE` (held or sold), `SEAT_LOCKED` (being taken right now), `SOLD_OUT`, `SALE_NOT_STARTED`,
   *   `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_SEATS`
   */
  reserveSeats: Operation<'reserveSeats'>;

  /**
   * Holds the best seats that are left for the signed-in user: front and centre first, side by side wherever any row has so many.
   *
   * @param input `{ eventId, quantity, section?, maxPrice? }`, `maxPrice` for each seat
   * @returns `{ message, reservation }` as `reserveSeats`, and in it `adjacent`: whether all are side by side in one row
   * @throws TiketiError `QUEUE_REQUIRED` (pass the waiting room first), `EVENT_NOT_FOUND`, `SEAT_MAP_NOT_FOUND` (not sold by seat),
   *   `SOLD_OUT` (fewer are left), `SALE_NOT_STARTED`, `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_SEATS`
   */
  holdBestAvailable: Operation<'holdBestAvailable'>;

  /**
   * One's own reservation with its seats, as a payment page shows it.
   *
   * @param input `{ reservationId }`
   * @returns `{ reservation }` with `isExpired`, `expires_at` and `seats`
   * @throws TiketiError `RESERVATION_NOT_FOUND`, also for somebody else's
   */
  getSeatReservation: Operation<'getSeatReservation'>;

  /**
   * Buys by ticket type, all items or none. Unpaid, it ends at `reservation.expiresAt`.
   *
   * @param input `{ eventId, items: [{ ticketTypeId, quantity }] }`, whole quantities from 1, no ticket type twice
   * @returns `{ message, reservation: { id, reservationNumber, totalAmount, expiresAt } }`
   * @throws TiketiError `QUEUE_REQUIRED` (pass the waiting room first), `EVENT_NOT_FOUND`, `TICKET_TYPE_NOT_FOUND`, `SOLD_OUT`,
   *   `SALE_NOT_STARTED`, `SALE_ENDED`, `EVENT_CANCELLED`, `TOO_MANY_TICKETS`, `DUPLICATE_TICKET_TYPE`
   */
  createReservation: Operation<'createReservation'>;

  /**
   * One's own reservations, newest first.
   *
   * @param input `{ limit?, cursor? }`: `limit` is 1 to 100 and 20 where it is left out, `cursor` the `nextCursor` of the page before
   * @returns `{ reservations, nextCursor }`, null on the last page
   */
  listMyReservations: Operation<'listMyReservations'>;

  /**
   * One of one's own reservations.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ reservation }` with its `items`
   * @throws TiketiError `RESERVATION_NOT_FOUND`, also for somebody else's
   */
  getReservation: Operation<'getReservation'>;

  /**
   * Cancels one of one's own reservations. Its seats and tickets are free for everybody when this resolves.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ message }`
   * @throws TiketiError `RESERVATION_NOT_FOUND`, `RESERVATION_NOT_CANCELLABLE` (cancelled already, or the event has begun),
   *   `RESERVATION_EXPIRED`
   */
  cancelReservation: Operation<'cancelReservation'>;

  /**
   * More time to pay one of one's own reservations, once.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ message, reservation: { id, expiresAt } }`
   * @throws TiketiError `QUEUE_REQUIRED` (pass the waiting room first), `RESERVATION_NOT_FOUND`, `RESERVATION_NOT_EXTENDABLE`
   *   (extended before, paid or cancelled), `RESERVATION_EXPIRED`
   */
  extendReservation: Operation<'extendReservation'>;

  /**
   * Takes note of a payment, for services. The same `paymentId` again is no second payment.
   *
   * @param input `{ id, paymentId, paymentMethod, amount }`, `id` of the reservation
   * @returns `{ message, reservation }` with `status`, `payment_status`, `payment_method`, `paymentId` and `total_amount`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`, `AMOUNT_MISMATCH`, `ALREADY_PAID` (by another payment), `PAYMENT_REUSED`
   *   (it paid another reservation), `PAYMENT_TOO_LATE` (what was held is gone, or the event was cancelled or has begun: pay back)
   */
  confirmReservation: Operation<'confirmReservation'>;

  /**
   * Takes note that a payment was paid back, for services. Told again, it is answered again.
   *
   * @param input `{ id }` of the reservation
   * @returns `{ message, reservation }` as `getPayment`, with `refunded_at`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`, `REFUND_NOT_DUE` (nothing is to be paid back)
   */
  noteRefund: Operation<'noteRefund'>;

  /**
   * What is known of a reservation's payment, for services.
   *
   * @param input `{ id }` of the reservation, anybody's
   * @returns `{ reservation }` with `payment_id`, `paid_at`, `refund_due`, which says that it is to be paid back, and `refunded_at`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`
   */
  getPayment: Operation<'getPayment'>;

  /**
   * Reservations whose payment is to be paid back, for services; the oldest payment first. It came too late, or they were cancelled since.
   *
   * @param input `{ limit?, cursor? }` as `listMyReservations`
   * @returns `{ reservations, nextCursor }`, null on the last page
   * @throws TiketiError `FORBIDDEN`
   */
  listRefundsDue: Operation<'listRefundsDue'>;

  /**
   * Enters the event where there is room and nobody waits, otherwise takes a place in line or keeps the one held already. Where the
   * event opens a lobby before its sale, it takes part in the lot that is drawn at the start. Place and entry are kept as long as
   * signs of life come: this, `getQueueStatus`, `heartbeatQueue`, or a socket that has joined the queue.
   *
   * @param input `{ eventId }`
   * @returns `{ queued: false, state: 'inside', pass, … }` inside. In line `queued` is true and `state` `'waiting'`, with `position` (1 is
   *   next), `queueSize`, `estimatedWait` and `estimatedWaitRange: { min, max }` in seconds, `sequence` and `servedSeq` (see
   *   `positionInLine`) and `ticket`; the socket's `queue-entry-allowed` tells when it is this user's turn. In the lobby `state` is
   *   `'lobby'`, `position` 0 and `startsAt` the time of the draw; before it opens `state` is `'outside'`. Who polls asks again after
   *   `nextPollMs`. The client itself keeps the latest `pass` and `ticket` and sends them with what it asks of this event
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  checkQueue: Operation<'checkQueue'>;

  /**
   * Where this user stands. A sign of life of whoever has a place; it gives none.
   *
   * @param input `{ eventId }`
   * @returns `{ queued, state, position, queueSize, estimatedWait, estimatedWaitRange, currentUsers, threshold, servedSeq, nextPollMs }`:
   *   position 0 means not in line, waits are in seconds; `sequence`, `ticket`, `pass` and `startsAt` as `checkQueue`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  getQueueStatus: Operation<'getQueueStatus'>;

  /**
   * A sign of life, for pages without a socket in the queue: keeps the place, in line or inside, of whoever has one.
   *
   * @param input `{ eventId }`
   * @returns as `getQueueStatus`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  heartbeatQueue: Operation<'heartbeatQueue'>;

  /**
   * Gives up the place in line, or inside. The next one gets it at once.
   *
   * @param input `{ eventId }`
   * @returns `{ message }`
   * @throws TiketiError `EVENT_NOT_FOUND`
   */
  leaveQueue: Operation<'leaveQueue'>;

  /**
   * The lot that is drawn among those in the lobby when the sale starts. Note `seedHash` before the start, to hold the draw against it.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, state, opensAt, drawsAt, seedHash, seed, drawnAt, entries }`: the last three are null until it is drawn
   * @throws TiketiError `EVENT_NOT_FOUND`, `LOTTERY_NOT_FOUND` where the event has none
   */
  getQueueLottery: Operation<'getQueueLottery'>;

  /**
   * The order that was drawn, with a number for each who took part.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, entries, numbers }`: 16 hexadecimal digits each, in the order of the draw; a few megabytes after a great rush
   * @throws TiketiError `EVENT_NOT_FOUND`, `LOTTERY_NOT_FOUND` where the event has none, or before the draw
   */
  getQueueLotteryOrder: Operation<'getQueueLotteryOrder'>;

  /**
   * The waiting room of an event, for administrators.
   *
   * @param input `{ eventId }`
   * @returns `{ eventId, queueSize, currentUsers, threshold, available, servedSeq, lobbySize }`, the settings `paused`, `drainPerSecond`
   *   and `lobbyMinutes`, and in `stats` the last hour: arrivals, admissions, abandonments, waits in seconds, and how far off the
   *   estimates were as parts of the wait; null where there was nothing to measure
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  getQueueAdmin: Operation<'getQueueAdmin'>;

  /**
   * Changes the waiting room of an event, for administrators. It holds on every instance of the service within a second.
   *
   * @param input `{ eventId, threshold?, drainPerSecond?, paused?, lobbyMinutes? }`, at least one of them. `threshold` is how many may be
   *   inside (null: the service's own), `drainPerSecond` how many are let in from the line in a second at most (null: as many as there
   *   is room for), `lobbyMinutes` how long before the sale the lobby opens, 1 to 1440 (null: no lobby)
   * @returns as `getQueueAdmin`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `LOBBY_TOO_LATE` (the sale has begun)
   */
  updateQueueSettings: Operation<'updateQueueSettings'>;

  /**
   * Empties the waiting room of an event, for administrators. All who wait hear `queue-cleared`.
   *
   * @param input `{ eventId }`
   * @returns `{ message }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  clearQueue: Operation<'clearQueue'>;
}
