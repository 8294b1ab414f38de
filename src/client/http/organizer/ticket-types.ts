import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** Ticket types of an organizer's event. Every function can reject with `FORBIDDEN`, `EVENT_NOT_FOUND` and `TICKET_TYPE_NOT_FOUND`. */
export interface TicketTypeOperations {
  /**
   * Lists the ticket types of an event, hidden ones included.
   *
   * @param input `{ id }`
   * @returns `{ ticket_types }`, each with its `claimed_quantity`
   */
  listOrganizerTicketTypes: Operation<'listOrganizerTicketTypes'>;

  /**
   * Creates a ticket type.
   *
   * @param input `{ id, name, price, total_quantity }`, and any other field of a ticket type
   * @returns `{ ticket_type }`
   * @throws TiketiError `TOO_MANY_TICKET_TYPES`
   */
  createTicketType: Operation<'createTicketType'>;

  /**
   * Gets a ticket type.
   *
   * @param input `{ id, ticketTypeId }`
   * @returns `{ ticket_type }`; `"${ticket_type.revision}"` is the `If-Match` of the next change
   */
  getOrganizerTicketType: Operation<'getOrganizerTicketType'>;

  /**
   * Changes the given fields of a ticket type. Needs `{ headers: { 'if-match': '"3"' } }` with the revision that the change is based on.
   *
   * @param input `{ id, ticketTypeId }` and the fields to change
   * @returns `{ ticket_type }`
   * @throws TiketiError `PRECONDITION_REQUIRED`, `PRECONDITION_FAILED` (it was changed meanwhile), `TOTAL_BELOW_CLAIMED`
   */
  changeTicketType: Operation<'changeTicketType'>;

  /**
   * Deletes a ticket type of which no ticket was ever held.
   *
   * @param input `{ id, ticketTypeId }`
   * @returns `{ message }`
   * @throws TiketiError `TICKET_TYPE_IN_USE`
   */
  deleteTicketType: Operation<'deleteTicketType'>;
}

export function ticketTypeOperations(api: Client<paths>, call: Caller): TicketTypeOperations {
  return {
    listOrganizerTicketTypes: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/ticket-types', { ...init, params: { path } }),
      ),
    createTicketType: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/ticket-types', { ...init, params: { path: { id } }, body }),
      ),
    getOrganizerTicketType: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/ticket-types/{ticketTypeId}', { ...init, params: { path } }),
      ),
    changeTicketType: ({ id, ticketTypeId, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/admin/events/{id}/ticket-types/{ticketTypeId}', {
          ...init,
          params: { path: { id, ticketTypeId } },
          body,
        }),
      ),
    deleteTicketType: (path, options) =>
      call.signed(options, (init) =>
        api.DELETE('/api/v1/admin/events/{id}/ticket-types/{ticketTypeId}', { ...init, params: { path } }),
      ),
  };
}
