import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** The seats of an event, for its organizer. */
export interface SeatOperations {
  /**
   * Gets every seat of an event by columns, with its status code and block, for organizers.
   *
   * @param input `{ id }` of the event
   * @returns `{ event_id, version, layout, ids, sections, rows, numbers, labels, prices, statuses, attributes, blocks }`; `attributes` and
   *   `blocks` name seats by their index
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  listOrganizerSeats: Operation<'listOrganizerSeats'>;

  /**
   * Lists the blocks of an event that have seats, for organizers.
   *
   * @param input `{ id, limit?, cursor? }`
   * @returns `{ blocks, nextCursor }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`
   */
  listSeatBlocks: Operation<'listSeatBlocks'>;

  /**
   * Keeps seats from being sold, for organizers. Seats that are held, sold or blocked already stay as they are.
   *
   * @param input `{ id, reason, release_at?, seat_ids?, rows?, sections? }`: at least one of the last three
   * @returns `{ block, blocked, not_blocked: { held, sold, blocked } }`; `block` is left out if no seat was available
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `SEAT_NOT_FOUND` (of a row or section, too)
   */
  blockSeats: Operation<'blockSeats'>;

  /**
   * Puts blocked seats on sale again, for organizers.
   *
   * @param input `{ id, block_id?, seat_ids?, rows?, sections? }`: a block, or at least one of the last three
   * @returns `{ unblocked }`, the number of seats that were blocked
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `SEAT_NOT_FOUND`, `SEAT_BLOCK_NOT_FOUND`
   */
  unblockSeats: Operation<'unblockSeats'>;

  /**
   * Sets the price of seats, for organizers. What is held or sold keeps its price. Send the `ETag` of the seats as the header `if-match`,
   * or `*`.
   *
   * @param input `{ id, price, seat_ids?, rows?, sections? }`: at least one of the last three
   * @returns `{ changed, layout }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `SEAT_NOT_FOUND`, `PRECONDITION_FAILED`, `PRECONDITION_REQUIRED`
   */
  setSeatPrices: Operation<'setSeatPrices'>;

  /**
   * Adds sections or single seats to an event, for organizers.
   *
   * @param input `{ id, sections?, seats? }`: at least one of both
   * @returns `{ added, layout }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `SEAT_EXISTS`
   */
  addSections: Operation<'addSections'>;

  /**
   * Removes a section of which no seat is or was reserved, for organizers.
   *
   * @param input `{ id, name }`
   * @returns `{ removed, layout }`
   * @throws TiketiError `FORBIDDEN`, `EVENT_NOT_FOUND`, `SEAT_NOT_FOUND`, `SECTION_IN_USE`
   */
  removeSection: Operation<'removeSection'>;
}

export function seatOperations(api: Client<paths>, call: Caller): SeatOperations {
  return {
    listOrganizerSeats: (path, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/seats', { ...init, params: { path } }),
      ),
    listSeatBlocks: ({ id, ...query }, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/events/{id}/seats/blocks', { ...init, params: { path: { id }, query } }),
      ),
    blockSeats: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/seats/block', { ...init, params: { path: { id } }, body }),
      ),
    unblockSeats: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/seats/unblock', { ...init, params: { path: { id } }, body }),
      ),
    setSeatPrices: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/admin/events/{id}/seats/prices', { ...init, params: { path: { id } }, body }),
      ),
    addSections: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/events/{id}/seats/sections', { ...init, params: { path: { id } }, body }),
      ),
    removeSection: (path, options) =>
      call.signed(options, (init) =>
        api.DELETE('/api/v1/admin/events/{id}/seats/sections/{name}', { ...init, params: { path } }),
      ),
  };
}
