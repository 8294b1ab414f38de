import { TiketiError } from '../error.ts';
import { call } from '../page-function.ts';
import type { TiketiSocket } from '../socket/socket-types.ts';
import { followStream, type StreamAddress } from './event-stream.ts';
import { Follower, type Reader } from './follower.ts';
import { pause } from './pause.ts';
import { followSocket } from './socket-news.ts';
import type {
  News,
  NewsListener,
  SeatWatch,
  StockLevel,
  StockWatch,
  WatchedSeat,
  WatchStep,
} from './types.ts';

/** Errors that no further attempt mends. */
const FINAL: readonly string[] = ['EVENT_NOT_FOUND', 'SEAT_MAP_NOT_FOUND', 'VALIDATION_FAILED'];
const NO_STOCK: ReadonlyMap<string, StockLevel> = new Map();

export interface WatchParts {
  eventId: string;
  stream: StreamAddress;
  socket: TiketiSocket | undefined;
  /** Makes the functions that read the event. The signal ends their calls. */
  readerOf(signal: AbortSignal): Reader;
  /** Keeps of the news what the watch shows. */
  pick(news: News): News;
  onStep(step: WatchStep): void;
  onError: ((error: TiketiError) => void) | undefined;
}

/** Brings together what reads an event, what follows it, and the page that shows it. */
export class EventWatch implements SeatWatch, StockWatch {
  readonly eventId: string;
  readonly ready: Promise<void>;
  readonly #parts: WatchParts;
  readonly #follower: Follower;
  readonly #end = new AbortController();
  #isReady!: () => void;
  #isNeverReady!: (error: TiketiError) => void;

  constructor(parts: WatchParts) {
    this.eventId = parts.eventId;
    this.#parts = parts;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNeverReady = reject;
    });
    // A page that uses only `onError` must not end with an unhandled rejection.
    this.ready.catch(() => undefined);
    const { signal } = this.#end;
    const onError = (error: TiketiError) => this.#failed(error);
    this.#follower = new Follower({
      reader: parts.readerOf(signal),
      onStep: (step) => this.#stepped(step),
      onError,
      pause: (attempt, error) => pause(attempt, error?.retryAfter, signal),
    });
    void this.#follow({ receive: (news) => this.#follower.receive(parts.pick(news)), onError, signal });
    this.#follower.start();
  }

  async #follow(listener: NewsListener): Promise<void> {
    const { eventId, socket, stream } = this.#parts;
    if (socket) await followSocket({ socket, eventId, ...listener });
    await followStream({ ...stream, ...listener, since: () => this.#follower.state?.version });
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

  #stepped(step: WatchStep): void {
    this.#isReady();
    call(() => this.#parts.onStep(step));
  }

  #failed(error: TiketiError): void {
    if (FINAL.includes(error.code)) this.#close(error);
    call(() => this.#parts.onError?.(error));
  }
}
