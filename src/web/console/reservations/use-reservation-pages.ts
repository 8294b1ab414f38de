import type { TiketiClient } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { usePages } from '../../shared/use-pages.ts';

export type ReservationFilter = Omit<
  Parameters<TiketiClient['listEventReservations']>[0],
  'id' | 'limit' | 'cursor'
>;

export function useReservationPages(eventId: string, filter: ReservationFilter) {
  return usePages(
    async (cursor, signal) => {
      const query = { id: eventId, ...filter, ...(cursor && { cursor }) };
      const { reservations, nextCursor } = await tiketi().listEventReservations(query, { signal });
      return { items: reservations, nextCursor };
    },
    [eventId, JSON.stringify(filter)],
  );
}
