import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** Events of organizers, from the draft on. Every function can reject with `FORBIDDEN`, and with `EVENT_NOT_FOUND` where it takes an id. */
export interface EventOperations {
  /**
   * Lists and searches the organizer's events in every state, the latest date first; for an administrator, all events.
   *
   * @param input `{ status?, q?, refund_due?, limit?, cursor? }`: `limit` is 1 to 100 and 20 by default
   * @returns `{ events, nextCursor }`; with `refund_due: 'true'` those with payments to pay back, each with its `refunds_due`
   */
  listOrganizerEvents: Operation<'listOrganizerEvents'>;

  /**
   * Creates an event as a draft, which its organizer and administrators alone can see.
   *
   * @param input `{ title, venue, event_date, sale_start_date, sale_end_date }`, and any other field of an event
   * @returns `{ event }`
   * @throws TiketiError `LAYOUT_NOT_FOUND`
   */
  createEvent: Operation<'createEvent'>;

  /**
   * Gets an event in any state.
   *
   * @param input `{ id }`
   * @returns `{ event }`; `"${event.revision}"` is the `If-Match` of the next change
   */
  getOrganizerEvent: Operation<'getOrganizerEvent'>;

  /**
   * Changes the given fields of an event. Needs `{ headers: { 'if-match': '"3"' } }` with the revision that the change is based on.
   *
   * @param input `{ id }` and the fields to change
   * @returns `{ event }`
   * @throws TiketiError `PRECONDITION_FAILED` (it was changed meanwhile), `PRECONDITION_REQUIRED` (without `if-match`), `LAYOUT_NOT_FOUND`, `EVENT_NOT_DRAFT` (the hall of a published
   *   event), `EVENT_NOT_PUBLISHED` (the status of a draft), `EVENT_CANCELLED` (the status of a cancelled event)
   */
  changeEvent: Operation<'changeEvent'>;

  /**
   * Deletes a draft with its ticket types.
   *
   * @param input `{ id }`
   * @returns `{ message }`
   * @throws TiketiError `EVENT_NOT_DRAFT`, `EVENT_HAS_RESERVATIONS`
   */
  deleteDraft: Operation<'deleteDraft'>;

  /**
   * Publishes a draft. Its seats are made from its hall the first time.
   *
   * @param input `{ id }`
   * @returns `{ event }`
   * @throws TiketiError `EVENT_NOT_DRAFT`, `EVENT_INCOMPLETE` (neither a hall nor a ticket type, or dates out of order)
   */
  publishEvent: Operation<'publishEvent'>;

  /**
   * Makes an event a draft again, as long as no reservation was ever made.
   *
   * @param input `{ id }`
   * @returns `{ event }`
   * @throws TiketiError `EVENT_NOT_PUBLISHED`, `EVENT_HAS_RESERVATIONS`
   */
  unpublishEvent: Operation<'unpublishEvent'>;

  /**
   * Copies an event with its hall, limits and ticket types into a new draft.
   *
   * @param input `{ id }`
   * @returns `{ event }`
   */
  duplicateEvent: Operation<'duplicateEvent'>;
}

export function eventOperations(api: Client<paths>, call: Caller): EventOperations {
  return {
    listOrganizerEvents: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/events', { ...init, params: { query } })),
    createEvent: (body, options) =>
      call.signed(options, (init) => api.POST('/api/v1/admin/events', { ...init, body })),
    getOrganizerEvent: (path, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/events/{id}', { ...init, params: { path } })),
    changeEvent: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/admin/events/{id}', { ...init, params: { path: { id } }, body }),
      ),
    deleteDraft: (path, options) =>
      call.signed(options, (init) => api.DELETE('/api/v1/admin/events/{id}', { ...init, params: { path } })),
    publishEvent: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/publish', { ...init, params: { path } }),
      ),
    unpublishEvent: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/unpublish', { ...init, params: { path } }),
      ),
    duplicateEvent: (path, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/duplicate', { ...init, params: { path } }),
      ),
  };
}
