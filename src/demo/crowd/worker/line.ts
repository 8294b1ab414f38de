import type { QueueEntry, QueueStatus } from '../../../client/index.ts';

/** All who wait ask for their place so often together: with 5,000 in line, each one every 50 seconds. */
const POLLS_PER_SECOND = 100;
/** The first in line asks this often, for all. */
const FIRST_ASKS_MS = 500;

export type Place = QueueEntry | QueueStatus;

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

  /** @param over ends all waits: they reject */
  constructor(over: AbortSignal) {
    this.#over = over;
    setInterval(() => this.#first()?.wake(), FIRST_ASKS_MS);
    over.addEventListener('abort', () => {
      for (const { fail } of this.#waiters) fail(over.reason);
    });
  }

  /** Wakes those whose turn it is. */
  hear(servedSeq: number): void {
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
    const spreadMs = (this.#waiters.size / POLLS_PER_SECOND) * 1_000;
    const untilDrawMs = state === 'lobby' && startsAt ? Date.parse(startsAt) - Date.now() : 0;
    // The lottery draws all places at once, and all want to know.
    return untilDrawMs > 0 ? untilDrawMs + Math.random() * spreadMs : Math.max(nextPollMs, spreadMs);
  }
}
