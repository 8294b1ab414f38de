import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { serviceTime } from '../../shared/clock.ts';
import { user } from '../../shared/session.ts';
import { reconnecting } from '../../ui/connection.tsx';
import { Poller } from './poller.ts';
import { addSample, type Sample } from './trend.ts';

export interface Live<Value, Figures> {
  /** The last one that was read. It stays while the service doesn't answer. */
  value?: Value;
  /** When it was read, by the service's clock. */
  readAt?: number;
  /** When the service itself read it, which answers from memory for a while. */
  asOf?: number;
  /** Why the last attempt failed. */
  error?: unknown;
  /** The figures of the last hour, as far as a page showed them. */
  trend: readonly Sample<Figures>[];
}

interface Reading<Value, Figures> {
  everyMs: number;
  read(signal: AbortSignal): Promise<Value>;
  /** When the service read the value, in ms since 1970. Left out where it is of the moment. */
  asOf?(value: Value): number;
  /** Whether an answer is older than what is shown: each instance remembers its own for a while. */
  isOlder?(value: Value, shown: Value): boolean;
  /** What to remember of it for an hour. */
  figures(value: Value): Figures;
}

/** An instance remembers a report for less. An older answer that comes later is right, as after a restored backup. */
const OLDER_MS = 60_000;

/** Something of the service that is read again and again while a page shows it. Its trend outlives a change of the page. */
export class LiveSource<Value, Figures> {
  readonly state: ReadonlySignal<Live<Value, Figures>>;
  readonly #state = signal<Live<Value, Figures>>({ trend: [] });
  readonly #reading: Reading<Value, Figures>;
  readonly #trend: Sample<Figures>[] = [];
  readonly #poller: Poller;
  #viewers = 0;

  constructor(reading: Reading<Value, Figures>) {
    this.state = this.#state;
    this.#reading = reading;
    this.#poller = new Poller((signal) => this.#read(signal), reading.everyMs);
  }

  /** Reads while a page shows it and the page is seen. @returns ends that */
  watch(): () => void {
    const follow = () => (document.hidden ? this.#poller.stop() : this.#poller.start());
    if (this.#viewers++ === 0) follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      if (--this.#viewers > 0) return;
      this.#poller.stop();
      failing.delete(this);
      reconnecting.value = failing.size > 0;
    };
  }

  /** Reads at once. */
  refresh(): void {
    if (this.#viewers > 0) this.#poller.start();
  }

  /** Shows a value that a change was answered with, which is newer than a read under way. */
  take(value: Value): void {
    this.#show(value);
    this.refresh();
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      this.#show(await this.#reading.read(signal));
      failing.delete(this);
    } catch (error) {
      // Given up on purpose, and not because it took too long.
      if (signal.aborted && signal.reason?.name === 'AbortError') return;
      this.#state.value = { ...this.#state.value, error };
      if (!isRefusal(error)) failing.add(this);
      throw error;
    } finally {
      reconnecting.value = failing.size > 0;
    }
  }

  #show(value: Value): void {
    const readAt = serviceTime();
    const { value: shown, readAt: shownAt = 0 } = this.#state.value;
    if (shown && readAt - shownAt < OLDER_MS && this.#reading.isOlder?.(value, shown)) return;
    addSample(this.#trend, { at: readAt, ...this.#reading.figures(value) });
    this.#state.value = { value, readAt, asOf: this.#reading.asOf?.(value) ?? readAt, trend: this.#trend };
  }
}

/** Sources whose last read had no answer. */
const failing = new Set<object>();

/** The service works, and doesn't let this user see it, or knows no such event. */
function isRefusal(error: unknown): boolean {
  return error instanceof TiketiError && error.status >= 400 && error.status < 500;
}

const sources = new Map<string, unknown>();
let owner = user.peek()?.id;

// What one user has seen is not for the next one. One whose session has ended may go on.
effect(() => {
  const id = user.value?.id;
  if (id === undefined || id === owner) return;
  sources.clear();
  owner = id;
});

/** The one source of this key, so that pages share what it has read. */
export function liveSource<Value, Figures>(
  key: string,
  reading: () => Reading<Value, Figures>,
): LiveSource<Value, Figures> {
  const known = sources.get(key) as LiveSource<Value, Figures> | undefined;
  if (known) return known;
  const made = new LiveSource(reading());
  sources.set(key, made);
  return made;
}

/** Keeps the source up to date while the component is shown. */
export function useLive<Value, Figures>(source: LiveSource<Value, Figures>): Live<Value, Figures> {
  useEffect(() => source.watch(), [source]);
  return source.state.value;
}
