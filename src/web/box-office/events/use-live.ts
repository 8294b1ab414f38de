import { useCallback, useEffect, useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { serviceTime } from '../../shared/clock.ts';
import { nextRead } from './next-read.ts';

interface Live<T> {
  /** The last one that was read, until a read answers that there is no such thing. */
  value?: T;
  error?: unknown;
  /** The value was read for other dependencies than the present ones. */
  isOld: boolean;
  reload(): void;
}

interface Read<T> {
  value?: T;
  error?: unknown;
  /** The dependencies. */
  key?: string;
}

/**
 * Reads something from the service and keeps it fresh while the page is seen: when the clock changes it, and every few seconds.
 *
 * Reading again was chosen over streams: the service tells changes event by event, and a list would need a connection for each of its
 * events. An unchanged answer is a 304 from memory, without a body.
 *
 * @param timesOf when the value changes by the clock; then it is also read while the page is hidden, so that a waiting buyer loses no time
 */
export function useLive<T>(
  read: (signal: AbortSignal) => Promise<T>,
  dependencies: (string | number)[],
  timesOf: (value: T) => (string | null)[],
): Live<T> {
  const [last, setLast] = useState<Read<T>>({});
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((each) => each + 1), []);
  const key = JSON.stringify(dependencies);

  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let times: number[] = [];

    async function readNow(): Promise<void> {
      clearTimeout(timer);
      timer = undefined;
      try {
        const value = await read(signal);
        if (signal.aborted) return;
        times = timesOf(value).flatMap((time) => (time === null ? [] : [Date.parse(time)]));
        setLast({ value, key });
      } catch (error) {
        if (signal.aborted) return;
        const isGone = error instanceof TiketiError && error.status === 404;
        setLast((before) => (isGone ? { error } : { ...before, error }));
      }
      plan();
    }
    function plan(): void {
      const { after, due } = nextRead(times, serviceTime());
      timer = setTimeout(() => {
        if (due || !document.hidden) void readNow();
        else plan();
      }, after);
    }
    // While a read is under way there is no timer.
    const onSeen = () => {
      if (!document.hidden && timer !== undefined) void readNow();
    };
    document.addEventListener('visibilitychange', onSeen);
    void readNow();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSeen);
    };
  }, [key, round]);

  return { ...last, isOld: last.key !== key, reload };
}
