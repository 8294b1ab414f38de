import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

interface Page<Item> {
  items: readonly Item[];
  nextCursor: string | null;
}

interface Pages<Item> {
  /** What was read so far; `undefined` before the first page. */
  items: readonly Item[] | undefined;
  /** Whether there are more. */
  more: boolean;
  error: unknown;
  busy: boolean;
  showMore(): void;
  /** Begins again with the first page. */
  reload(): void;
}

/** Reads a list of the service page by page, and from its beginning when `dependencies` change. */
export function usePages<Item>(
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  dependencies: unknown[],
): Pages<Item> {
  const [{ items, cursor, error }, setPages] = useState<{
    items?: readonly Item[];
    cursor?: string | null;
    error?: unknown;
  }>({});
  const [busy, setBusy] = useState(false);
  const abort = useRef(new AbortController());

  // The caller names the dependencies.
  const next = useCallback(async (known: readonly Item[], after?: string) => {
    const { signal } = abort.current;
    setBusy(true);
    try {
      const page = await read(after, signal);
      if (!signal.aborted) setPages({ items: [...known, ...page.items], cursor: page.nextCursor });
    } catch (error) {
      if (!signal.aborted) setPages((last) => ({ ...last, error }));
    } finally {
      if (!signal.aborted) setBusy(false);
    }
  }, dependencies);
  useEffect(() => {
    abort.current = new AbortController();
    const { current } = abort;
    void next([]);
    return () => current.abort();
  }, [next]);

  return {
    items,
    more: typeof cursor === 'string',
    error,
    busy,
    showMore: () => void next(items ?? [], cursor ?? undefined),
    reload: () => void next([]),
  };
}
