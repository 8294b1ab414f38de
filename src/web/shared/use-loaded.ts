import { useCallback, useEffect, useState } from 'preact/hooks';

export type Loaded<T> =
  | { state: 'loading'; value?: undefined; error?: undefined }
  | { state: 'failed'; value?: undefined; error: unknown }
  | { state: 'ready'; value: T; error?: unknown };

/**
 * Reads something from the service when `dependencies` change, and again by `reload()`. While it is read again, and if that fails, the
 * last value stays.
 */
export function useLoaded<T>(
  read: (signal: AbortSignal) => Promise<T>,
  dependencies: unknown[],
): Loaded<T> & { reload(): void } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  // The caller names the dependencies of both effects.
  useEffect(() => setLoaded({ state: 'loading' }), dependencies);
  useEffect(() => {
    const abort = new AbortController();
    read(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setLoaded({ state: 'ready', value });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setLoaded((last) => (last.state === 'ready' ? { ...last, error } : { state: 'failed', error }));
      },
    );
    return () => abort.abort();
  }, [...dependencies, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...loaded, reload };
}
