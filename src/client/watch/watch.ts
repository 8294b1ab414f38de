import { TiketiError } from '../error.ts';
import { followStream, type StreamAddress } from './event-stream.ts';
import { Follower, type Reader } from './follower.ts';
import { pause } from './pause.ts';
import type { SeatWatch, StockLevel, WatchChange, WatchedSeat, WatchOptions } from './types.ts';

/** Errors that no further attempt mends. */
const FINAL: readonly string[] = ['EVENT_NOT_FOUND', 'SEAT_MAP_NOT_FOUND', 'VALIDATION_FAILED'];
const NO_STOCK: ReadonlyMap<string, StockLevel> = new Map();

export interface WatchSource {
  /** Makes the functions that read the event. The signal ends their requests. */
  readerOf(signal: AbortSignal): Reader;
  stream: StreamAddress;
}

/** Brings together what reads an event, what follows it, and the page that shows it. */
export class EventWatch implements SeatWatch {
  readonly eventId: string;
  readonly ready: Promise<void>;
  readonly #options: WatchOptions;
  readonly #follower: Follower;
  readonly #end = new AbortController();
  #isReady!: () => void;
  #isNeverReady!: (error: TiketiError) => void;

  constructor(eventId: string, { readerOf, stream }: WatchSource, options: WatchOptions) {
    this.eventId = eventId;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNeverReady = reject;
    });
    // A page that uses only onError must not end with an unhandled rejection.
    this.ready.catch(() => undefined);
    const { signal } = this.#end;
    const onError = (error: TiketiError) => this.#failed(error);
    this.#follower = new Follower({
      reader: readerOf(signal),
      onChange: (change) => this.#changed(change),
      onError,
      pause: (attempt, error) => pause(attempt, error?.retryAfter, signal),
    });
    const news = { eventId, receive: this.#follower.receive.bind(this.#follower), onError, signal };
    void followStream({ ...stream, ...news, since: () => this.#follower.state?.version });
    this.#follower.start();
  }

  get version(): number {
    return this.#follower.state?.version ?? 0;
  }

  get layout(): number {
    return this.#follower.state?.layout ?? 0;
  }

  get seats(): readonly WatchedSeat[] {
    return this.#follower.state?.seats ?? [];
  }

  get stock(): ReadonlyMap<string, StockLevel> {
    return this.#follower.state?.stock ?? NO_STOCK;
  }

  status(indexOrId: number | string): WatchedSeat['status'] | undefined {
    return this.#follower.state?.seat(indexOrId)?.status;
  }

  close(): void {
    this.#close(new TiketiError('NETWORK_ERROR', 'The watch is closed'));
  }

  #close(reason: TiketiError): void {
    this.#follower.close();
    this.#end.abort();
    this.#isNeverReady(reason);
  }

  #changed(change: WatchChange): void {
    this.#isReady();
    call(this.#options.onChange, change);
  }

  #failed(error: TiketiError): void {
    if (FINAL.includes(error.code)) this.#close(error);
    call(this.#options.onError, error);
  }
}

/** An error of the page's own function is reported as uncaught, as that of any listener. It does not stop the watch. */
function call<Value>(listener: ((value: Value) => void) | undefined, value: Value): void {
  try {
    listener?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
