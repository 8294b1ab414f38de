import type { EventSummary } from '../../shared/types.ts';

export type Status = EventSummary['status'];

/** In the order of the list. */
export const STATUSES: readonly Status[] = ['on_sale', 'upcoming', 'sold_out', 'ended', 'cancelled'];

export const PAGE = 24;
/** The service lists so many at once. */
const MOST = 1_000;

/** What the list shows. It stands in the address, so that a reload, the back button and a shared link show the same. */
export interface ListView {
  q: string;
  status: Status | undefined;
  /** Grows with "load more". */
  show: number;
}

export function viewOf(query: Record<string, string>): ListView {
  const show = Math.ceil(Number(query.show) / PAGE) * PAGE;
  return {
    q: [...(query.q ?? '')].slice(0, 100).join(''),
    status: STATUSES.find((status) => status === query.status),
    show: show >= PAGE ? Math.min(show, MOST) : PAGE,
  };
}

export function addressOf({ q, status, show }: ListView): string {
  const query = new URLSearchParams({
    ...(q !== '' && { q }),
    ...(status && { status }),
    ...(show !== PAGE && { show: String(show) }),
  });
  return query.size === 0 ? '/' : `/?${query}`;
}
