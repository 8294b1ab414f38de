import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { FoundReservation, TiketiClient } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';

export type ReservationFilter = Omit<
  Parameters<TiketiClient['listEventReservations']>[0],
  'id' | 'limit' | 'cursor'
>;

interface Pages {
  reservations?: FoundReservation[];
  cursor?: string | null;
  error?: unknown;
}

/** Reservations of an event page by page, the ones that are shown already with each next one. */
export function useReservationPages(eventId: string, filter: ReservationFilter) {
  const [{ reservations, cursor, error }, setPages] = useState<Pages>({});
  const [busy, setBusy] = useState(false);
  const abort = useRef(new AbortController());
  const wanted = JSON.stringify(filter);

  const read = useCallback(
    async (known: FoundReservation[], after?: string | null) => {
      const { signal } = abort.current;
      setBusy(true);
      try {
        const page = await tiketi().listEventReservations(
          { id: eventId, ...(JSON.parse(wanted) as ReservationFilter), ...(after && { cursor: after }) },
          { signal },
        );
        setPages({ reservations: [...known, ...page.reservations], cursor: page.nextCursor });
      } catch (error) {
        if (!signal.aborted) setPages((last) => ({ ...last, error }));
      } finally {
        if (!signal.aborted) setBusy(false);
      }
    },
    [eventId, wanted],
  );
  useEffect(() => {
    abort.current = new AbortController();
    const { current } = abort;
    void read([]);
    return () => current.abort();
  }, [read]);

  return {
    reservations,
    more: typeof cursor === 'string',
    error,
    busy,
    showMore: () => read(reservations ?? [], cursor),
    reload: () => read([]),
  };
}
