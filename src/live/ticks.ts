import { merged } from './recent-changes.ts';
import type { EventChanges, LiveEvent } from './types.ts';

/** Changes of an event within this time go out together. */
const TICK_MS = 50;

/** Gathers the steps of events, and passes those of each tick on as one. */
export class Ticks {
  readonly #pass: (event: LiveEvent, changes: EventChanges) => void;
  readonly #pending = new Map<LiveEvent, [EventChanges, ...EventChanges[]]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pass: (event: LiveEvent, changes: EventChanges) => void) {
    this.#pass = pass;
  }

  add(event: LiveEvent, changes: EventChanges): void {
    const steps = this.#pending.get(event);
    if (steps) steps.push(changes);
    else this.#pending.set(event, [changes]);
    this.#timer ??= setTimeout(() => this.flush(), TICK_MS);
  }

  /** Forgets what is pending for an event that starts anew. */
  drop(event: LiveEvent): void {
    this.#pending.delete(event);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const [event, steps] of pending) this.#pass(event, merged(steps));
  }
}
