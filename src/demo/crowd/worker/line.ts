import type { QueueEntry, QueueStatus } from '../../../client/index.ts';
import type { CrowdRecord } from '../record.ts';

/** The first in line asks this often, for all. */
const FIRST_ASKS_MS = 500;

export type Place = QueueEntry | QueueStatus;

type Seen = Pick<CrowdRecord, 'lastInside' | 'overtaken'>;

interface Waiter {
  /** Without one in the lobby, where the order is not drawn yet. */
  sequence: number | undefined;
  wake: () => void;
  fail: (reason: unknown) => void;
}

/**
 * The line as the buyers see it. Each answer about a place says how far the line has come, and the buyers tell each other: so they hear
 * of their turn at once, as they would by a socket each, and ask rarely.
 */
export class Line {
  readonly #waiters = new Set<Waiter>();
  readonly #over: AbortSignal;
  readonly #record: Seen;
  readonly #pollsPerSecond: number;
  #end = 0;

  /** @param over ends all waits: they reject */
  constructor(over: AbortSignal, record: Seen, pollsPerSecond: number) {
    this.#over = over;
    this.#record = record;
    this.#pollsPerSecond = pollsPerSecond;
    setInterval(() => this.#first()?.wake(), FIRST_ASKS_MS);
    over.addEventListener('abort', () => {
      for (const { fail } of this.#waiters) fail(over.reason);
    });
  }

  /** The last rank that anyone here has heard of. Those who come now are behind it. */
  get end(): number {
    return this.#end;
  }

  /**
   * Asks for a place, and looks whether someone from further behind was inside before.
   *
   * @param rank of the buyer in line, as far as it is known
   */
  async ask(askForPlace: () => Promise<Place>, rank = 0): Promise<Place> {
    const record = this.#record;
    const inside = record.lastInside;
    const place = await askForPlace();
    const { state, sequence = 0 } = place;
    this.#end = Math.max(this.#end, sequence);
    if (state === 'inside') record.lastInside = Math.max(record.lastInside, rank);
    if (state === 'waiting' && sequence <= inside) record.overtaken++;
    this.#hear(place.servedSeq);
    return place;
  }

  /** Wakes those whose turn it is. */
  #hear(servedSeq: number): void {
    for (const { sequence, wake } of this.#waiters)
      if (sequence !== undefined && sequence <= servedSeq) wake();
  }

  /** Waits for one's turn, or for the time to ask again. */
  async wait(place: Place): Promise<void> {
    this.#over.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((wake, fail) => {
        timer = setTimeout(wake, this.#pauseMs(place));
        waiter = { sequence: place.sequence, wake, fail };
        this.#waiters.add(waiter);
      });
    } finally {
      clearTimeout(timer);
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  #first(): Waiter | undefined {
    let first: Waiter | undefined;
    for (const waiter of this.#waiters)
      if (waiter.sequence !== undefined && waiter.sequence < (first?.sequence ?? Infinity)) first = waiter;
    return first;
  }

  #pauseMs({ state, startsAt, nextPollMs }: Place): number {
    const spreadMs = (this.#waiters.size / this.#pollsPerSecond) * 1_000;
    const untilDrawMs = state === 'lobby' && startsAt ? Date.parse(startsAt) - Date.now() : 0;
    // The lottery draws all places at once, and all want to know.
    return untilDrawMs > 0 ? untilDrawMs + Math.random() * spreadMs : Math.max(nextPollMs, spreadMs);
  }
}
