import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** What an event sells, its reservations and exports. */
export interface SalesOperations {
  /**
   * Gets what an event has sold, for its organizer. All figures are those of `version`, as of `read_at`.
   *
   * @param input `{ id }` of the event
   * @returns `{ event_id, version, read_at, reservations, seats, tickets, revenue, refunds_due, sections, ticket_types }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  getSalesOverview: Operation<'getSalesOverview'>;

  /**
   * Gets what an event sold by minute, hour or day of its time zone, for its organizer.
   *
   * @param input `{ id, by, from?, to? }`: `by` is `minute`, `hour` or `day`
   * @returns `{ event_id, by, timezone, from, to, steps }`, without the steps in which nothing happened
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  getSalesSeries: Operation<'getSalesSeries'>;

  /**
   * Exports the reservations of an event as CSV, for its organizer. Read the stream as it comes; it fails if the export ends too early.
   *
   * @param input `{ id }` of the event
   * @returns a `ReadableStream` of bytes
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  exportReservationsCsv: Operation<'exportReservationsCsv'>;

  /**
   * Exports the reservations of an event as NDJSON, for its organizer. Read the stream as it comes; it fails if the export ends too early.
   *
   * @param input `{ id }` of the event
   * @returns a `ReadableStream` of bytes
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  exportReservationsNdjson: Operation<'exportReservationsNdjson'>;

  /**
   * Exports the seats of an event as CSV, for its organizer. Read the stream as it comes; it fails if the export ends too early.
   *
   * @param input `{ id }` of the event
   * @returns a `ReadableStream` of bytes
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  exportSeatsCsv: Operation<'exportSeatsCsv'>;

  /**
   * Exports the seats of an event as NDJSON, for its organizer. Read the stream as it comes; it fails if the export ends too early.
   *
   * @param input `{ id }` of the event
   * @returns a `ReadableStream` of bytes
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  exportSeatsNdjson: Operation<'exportSeatsNdjson'>;

  /**
   * Finds reservations of an event, for its organizer. Newest first.
   *
   * @param input `{ id, number?, user_id?, status?, seat?, ticket_type_id?, payment_id?, refund_due?, from?, to?, limit?, cursor? }`: `id`
   *   of the event, `seat` by its label or id, `refund_due` as `'true'` or `'false'`, `from` and `to` of the time when it was made
   * @returns `{ reservations, nextCursor }`; `nextCursor` is null on the last page
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  listEventReservations: Operation<'listEventReservations'>;

  /**
   * Finds a reservation of any event by its number, for a box office. Organizers find those of their own events.
   *
   * @param input `{ number }`
   * @returns `{ reservations }`
   * @throws TiketiError `FORBIDDEN`
   */
  findReservations: Operation<'findReservations'>;

  /**
   * Gets the reservation of any user with its history, for the organizer of its event.
   *
   * @param input `{ id }`
   * @returns `{ reservation }` with `history`, oldest first: `{ at, action, actor_id, actor_role, reason, amount, items }`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`
   */
  getReservationHistory: Operation<'getReservationHistory'>;

  /**
   * Cancels a reservation, or a part of it, for its buyer, also after the event has begun.
   *
   * @param input `{ id, reason, items? }`, each of the items `{ seatId }` or `{ ticketTypeId, quantity }`
   * @returns `{ message, refund_amount, reservation }`, as `cancelReservation`
   * @throws TiketiError `FORBIDDEN`, `RESERVATION_NOT_FOUND`, `RESERVATION_NOT_CANCELLABLE`, `ITEMS_NOT_HELD`, `RESERVATION_EXPIRED`
   */
  cancelForBuyer: Operation<'cancelForBuyer'>;
}

export function salesOperations(api: Client<paths>, call: Caller): SalesOperations {
  return {
    getSalesOverview: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/sales', { ...init, params: { path } }),
      ),
    getSalesSeries: ({ id, ...query }, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/sales/series', { ...init, params: { path: { id }, query } }),
      ),
    exportReservationsCsv: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/exports/reservations.csv', {
          ...init,
          params: { path },
          parseAs: 'stream',
        }),
      ),
    exportReservationsNdjson: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/exports/reservations.ndjson', {
          ...init,
          params: { path },
          parseAs: 'stream',
        }),
      ),
    exportSeatsCsv: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/exports/seats.csv', {
          ...init,
          params: { path },
          parseAs: 'stream',
        }),
      ),
    exportSeatsNdjson: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/exports/seats.ndjson', {
          ...init,
          params: { path },
          parseAs: 'stream',
        }),
      ),
    listEventReservations: ({ id, ...query }, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/reservations', { ...init, params: { path: { id }, query } }),
      ),
    findReservations: (query, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/reservations', { ...init, params: { query } })),
    cancelForBuyer: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/reservations/{id}/cancel', { ...init, params: { path: { id } }, body }),
      ),
    getReservationHistory: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/reservations/{id}', { ...init, params: { path } }),
      ),
  };
}
