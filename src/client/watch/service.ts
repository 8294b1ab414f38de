import { TiketiError } from '../error.ts';
import type { TiketiClient } from '../http/operations.ts';
import type { CallOptions, Input } from '../http/types.ts';
import type { StreamAddress } from './event-stream.ts';
import type { EventChanges } from './types.ts';

type WatchedClient = Pick<
  TiketiClient,
  'getSeatLayout' | 'getSeatStatuses' | 'getEventChanges' | 'listTicketTypes'
>;

/** The service, as a watch uses it. */
export interface WatchedService {
  client: WatchedClient;
  streamOf(eventId: string): StreamAddress;
}

/** @returns `undefined` if the service can't tell the changes since then */
export async function readChanges(
  client: WatchedClient,
  input: Input<'getEventChanges'>,
  options: CallOptions,
): Promise<EventChanges | undefined> {
  try {
    return await client.getEventChanges(input, options);
  } catch (error) {
    if (error instanceof TiketiError && error.code === 'CHANGES_GONE') return undefined;
    throw error;
  }
}
