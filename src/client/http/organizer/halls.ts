import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** Halls of organizers. Every function can reject with `FORBIDDEN`, and with `LAYOUT_NOT_FOUND` where it takes an id. */
export interface HallOperations {
  /**
   * Lists the halls, which every organizer may use.
   *
   * @param input `{ limit?, cursor? }`
   * @returns `{ layouts, nextCursor }`
   */
  listLayouts: Operation<'listLayouts'>;

  /**
   * Creates a hall by sections, or seat by seat with up to 100,000 seats.
   *
   * @param input `{ name, description?, sections }` or `{ name, description?, seats }`
   * @returns `{ layout }`
   * @throws TiketiError `LAYOUT_NAME_TAKEN`; `VALIDATION_FAILED` with all wrong seats in `details`
   */
  createLayout: Operation<'createLayout'>;

  /**
   * Creates a hall seat by seat from CSV with the columns `section`, `row`, `number`, and any of `label`, `price`, `x`, `y`, `attributes`.
   *
   * @param input `{ name, description?, csv }`
   * @returns `{ layout }`
   * @throws TiketiError `LAYOUT_NAME_TAKEN`; `VALIDATION_FAILED` with all wrong seats in `details`, by their lines
   */
  createLayoutFromCsv: Operation<'createLayoutFromCsv'>;

  /**
   * Gets a hall.
   *
   * @param input `{ id }`
   * @returns `{ layout }`; `"${layout.revision}"` is the `If-Match` of the next change
   */
  getLayout: Operation<'getLayout'>;

  /**
   * Lists the seats of a hall that was made seat by seat.
   *
   * @param input `{ id, after?, limit? }`: `limit` is 1 to 1000
   * @returns `{ seats, next }`: `next` is the `after` of the next page, null on the last one
   */
  listLayoutSeats: Operation<'listLayoutSeats'>;

  /**
   * Changes a hall. Published events keep their seats. Needs `{ headers: { 'if-match': '"3"' } }`.
   *
   * @param input `{ id }` and what changes: `name`, `description`, and `sections` or `seats` in the place of all seats
   * @returns `{ layout }`
   * @throws TiketiError `PRECONDITION_FAILED` (it was changed meanwhile), `PRECONDITION_REQUIRED` (without `if-match`), `LAYOUT_NAME_TAKEN`
   */
  changeLayout: Operation<'changeLayout'>;

  /**
   * Deletes a hall.
   *
   * @param input `{ id }`
   * @returns `{ message }`
   * @throws TiketiError `LAYOUT_IN_USE` while an event uses it
   */
  deleteLayout: Operation<'deleteLayout'>;
}

export function hallOperations(api: Client<paths>, call: Caller): HallOperations {
  return {
    listLayouts: (query = {}, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/layouts', { ...init, params: { query } })),
    createLayout: (body, options) =>
      call.signed(options, (init) => api.POST('/api/v1/admin/layouts', { ...init, body })),
    createLayoutFromCsv: ({ csv, ...query }, options) =>
      call.signed(options, (init) =>
        api.POST('/api/v1/admin/layouts/csv', {
          ...init,
          headers: { ...init.headers, 'content-type': 'text/csv' },
          params: { query },
          body: csv,
          bodySerializer: (body) => body,
        }),
      ),
    getLayout: (path, options) =>
      call.signed(options, (init) => api.GET('/api/v1/admin/layouts/{id}', { ...init, params: { path } })),
    listLayoutSeats: ({ id, ...query }, options) =>
      call.signed(options, (init) =>
        api.GET('/api/v1/admin/layouts/{id}/seats', { ...init, params: { path: { id }, query } }),
      ),
    changeLayout: ({ id, ...body }, options) =>
      call.signed(options, (init) =>
        api.PATCH('/api/v1/admin/layouts/{id}', { ...init, params: { path: { id } }, body }),
      ),
    deleteLayout: (path, options) =>
      call.signed(options, (init) => api.DELETE('/api/v1/admin/layouts/{id}', { ...init, params: { path } })),
  };
}
