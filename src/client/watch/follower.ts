import type { TiketiError } from '../error.ts';
import { EventState } from './event-state.ts';
import type { EventChanges, LoadedEvent, News, WatchStep } from './types.ts';

/** Packets that may wait for something that is missing. When there are more, the oldest are dropped, and read again. */
const MOST_WAITING = 1_000;

/** Reads an event from the service. Both functions reject with a TiketiError. */
export interface Reader {
  load(): Promise<LoadedEvent>;
  /** @returns what changed after the version, or `undefined` if that is too long ago */
  changesSince(version: number): Promise<EventChanges | undefined>;
}

export interface FollowerOptions {
  reader: Reader;
  onStep(change: WatchStep): void;
  onError(error: TiketiError): void;
  /** Resolves when it is time for the next attempt. Attempts without progress count from 1. */
  pause(attempt: number, error: TiketiError | undefined): Promise<void>;
}

/**
 * Keeps the state of an event up to date by packets that may be late, doubled, out of order or lost. It applies each packet as soon as
 * the versions allow it, and reads what is missing, one thing at a time.
 */
export class Follower {
  readonly #options: FollowerOptions;
  #state: EventState | undefined;
  /** Packets that come after something that is missing. */
  #waiting: EventChanges[] = [];
  /** The database was restored from a backup, to this version or a later one. Until the event has been read again, packets wait. */
  #restored: News | undefined;
  #isReading = false;
  #isClosed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** `undefined` until the event has been read. */
  get state(): EventState | undefined {
    return this.#state;
  }

  start(): void {
    void this.#readMissing();
  }

  close(): void {
    this.#isClosed = true;
  }

  receive(news: News): void {
    if (news.type === 'reset' && this.#state && news.version < this.#state.version) {
      this.#restored = news;
      this.#waiting = [];
    }
    // A packet without changes, from its version to the same one, waits until everything up to there is known.
    this.#waiting.push({ from: news.version, seats: [], stock: [], ...news });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#applyWaiting();
    void this.#readMissing();
  }

  #applyWaiting(): void {
    const packets = this.#waiting.sort((one, other) => one.version - other.version);
    const state = this.#restored ? undefined : this.#state;
    this.#waiting = [];
    for (const packet of packets) {
      const verdict = this.#isClosed ? 'ignore' : (state?.judge(packet) ?? 'heal');
      if (verdict === 'apply' && state) this.#options.onStep(state.apply(packet));
      else if (verdict !== 'ignore') this.#waiting.push(packet);
    }
  }

  /** Reads until no packet waits. */
  async #readMissing(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    let attempt = 0;
    while (!this.#isClosed && (this.#state === undefined || this.#waiting.length > 0)) {
      const [state, version] = [this.#state, this.#state?.version];
      const error = await this.#read().then(
        () => undefined,
        (error: TiketiError) => error,
      );
      if (this.#isClosed) break;
      if (error) this.#options.onError(error);
      this.#applyWaiting();
      // Another instance or a cache may answer with what is known already.
      const isProgress = this.#state !== state || this.#state?.version !== version;
      attempt = isProgress ? 0 : attempt + 1;
      if (!isProgress) await this.#options.pause(attempt, error);
    }
    this.#isReading = false;
  }

  async #read(): Promise<void> {
    const { reader } = this.#options;
    const [state, restored] = [this.#state, this.#restored];
    if (state && !restored && !this.#waiting.some((packet) => state.judge(packet) === 'reload')) {
      const changes = await reader.changesSince(state.version);
      // An answer from before the database was restored tells what is no more.
      if (this.#restored) return;
      if (changes) return void this.#waiting.push(changes);
    }
    const event = await reader.load();
    if (this.#restored === restored) this.#replace(event);
  }

  /** Ignores an older event than the known one. */
  #replace(event: LoadedEvent): void {
    const { version, layout } = this.#restored ?? this.#state ?? { version: -1, layout: -1 };
    if (this.#isClosed || event.version < version || event.layout < layout) return;
    if (!this.#restored && event.version === version && event.layout === layout) return;
    this.#restored = undefined;
    this.#state = new EventState(event);
    this.#options.onStep({ version: event.version, seats: event.seats, stock: event.stock, whole: true });
  }
}
