import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { OrganizerEvent } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';

export interface EventFilter {
  status: OrganizerEvent['status'] | undefined;
  q: string;
}

interface Pages {
  events?: OrganizerEvent[];
  cursor?: string | null;
  error?: unknown;
}

/** Events page by page, the ones that are shown already with each next one. */
export function useEventPages({ status, q }: EventFilter) {
  const [{ events, cursor, error }, setPages] = useState<Pages>({});
  const [busy, setBusy] = useState(false);
  const abort = useRef(new AbortController());

  const read = useCallback(
    async (known: OrganizerEvent[], after?: string | null) => {
      const { signal } = abort.current;
      setBusy(true);
      try {
        const query = {
          status: status ?? ('all' as const),
          ...(q !== '' && { q }),
          ...(after && { cursor: after }),
        };
        const page = await tiketi().listOrganizerEvents(query, { signal });
        setPages({ events: [...known, ...page.events], cursor: page.nextCursor });
      } catch (error) {
        if (!signal.aborted) setPages((last) => ({ ...last, error }));
      } finally {
        if (!signal.aborted) setBusy(false);
      }
    },
    [status, q],
  );
  useEffect(() => {
    abort.current = new AbortController();
    const { current } = abort;
    void read([]);
    return () => current.abort();
  }, [read]);

  return {
    events,
    more: typeof cursor === 'string',
    error,
    busy,
    showMore: () => read(events ?? [], cursor),
    reload: () => read([]),
  };
}
