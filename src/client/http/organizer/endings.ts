import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** How an event ends. Every function can reject with `FORBIDDEN` and `EVENT_NOT_FOUND`. */
export interface EndingOperations {
  /**
   * Cancels an event. Its reservations are cancelled soon afterwards, and their payments become due for refund.
   *
   * @param input `{ id, reason }`
   * @returns `{ cancellation }`, as `getEventCancellation`
   * @throws TiketiError `EVENT_NOT_PUBLISHED` (delete the draft instead)
   */
  cancelEvent: Operation<'cancelEvent'>;

  /**
   * Gets how far an event is cancelled.
   *
   * @param input `{ id }`
   * @returns `{ cancellation }` with `reservations`, `done`, `refunds`, `refund_amount` and `finished_at`; null if it isn't cancelled
   */
  getEventCancellation: Operation<'getEventCancellation'>;

  /**
   * Gives an event a new date. Reservations stay, and buyers may cancel them until `cancellable_until`.
   *
   * @param input `{ id, event_date, cancellable_until, sale_start_date?, sale_end_date?, reason? }`
   * @returns `{ event }`
   * @throws TiketiError `EVENT_NOT_PUBLISHED` (change the draft instead), `EVENT_CANCELLED`
   */
  postponeEvent: Operation<'postponeEvent'>;
}

export function endingOperations(api: Client<paths>, call: Caller): EndingOperations {
  return {
    cancelEvent: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/cancel', { ...init, params: { path: { id } }, body }),
      ),
    getEventCancellation: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/cancellation', { ...init, params: { path } }),
      ),
    postponeEvent: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/postpone', { ...init, params: { path: { id } }, body }),
      ),
  };
}
