import type { OrganizerEvent } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { usePages } from '../../shared/use-pages.ts';

export interface EventFilter {
  status: OrganizerEvent['status'] | undefined;
  q: string;
  /** Only events with payments to pay back. */
  refundDue: boolean;
}

export function useEventPages({ status, q, refundDue }: EventFilter) {
  return usePages(
    async (cursor, signal) => {
      const query = {
        status: status ?? ('all' as const),
        ...(q !== '' && { q }),
        ...(refundDue && { refund_due: 'true' as const }),
        ...(cursor && { cursor }),
      };
      const { events, nextCursor } = await tiketi().listOrganizerEvents(query, { signal });
      return { items: events, nextCursor };
    },
    [status, q, refundDue],
  );
}
