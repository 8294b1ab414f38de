import type { OrganizerEvent } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { usePages } from '../../shared/use-pages.ts';

export interface EventFilter {
  status: OrganizerEvent['status'] | undefined;
  q: string;
}

export function useEventPages({ status, q }: EventFilter) {
  return usePages(
    async (cursor, signal) => {
      const query = {
        status: status ?? ('all' as const),
        ...(q !== '' && { q }),
        ...(cursor && { cursor }),
      };
      const { events, nextCursor } = await tiketi().listOrganizerEvents(query, { signal });
      return { items: events, nextCursor };
    },
    [status, q],
  );
}
