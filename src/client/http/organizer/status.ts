import type { Client } from 'openapi-fetch';
import type { paths } from '../../../contract/types.ts';
import type { Caller } from '../caller.ts';
import type { Operation } from '../types.ts';

/** How the service is, for a control room. */
export interface StatusOperations {
  /**
   * Gets the live instances of the service with their figures of the last minute, for organizers and administrators.
   *
   * @returns `{ version, complete, instances, total }`: `complete` is false while Redis is away, and `instances` then has one
   * @throws TiketiError `FORBIDDEN`
   */
  getServiceStatus: Operation<'getServiceStatus'>;
}

export function statusOperations(api: Client<paths>, call: Caller): StatusOperations {
  return {
    getServiceStatus: (options) => call.signed(options, (init) => api.GET('/api/v1/admin/status', init)),
  };
}
