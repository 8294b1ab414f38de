const TICK_MS = 50;

interface Sleeper {
  until: number;
  wake: () => void;
  fail: (reason: unknown) => void;
}

/** The time that the buyers live in. It runs `speed` times as fast as that of the service, also for pauses that have begun. */
export class HumanTime {
  speed: number;
  /** ms that the buyers have lived. */
  now = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #over: AbortSignal;
  #last = performance.now();

  /** @param over ends all pauses: they reject */
  constructor(speed: number, over: AbortSignal) {
    this.speed = speed;
    this.#over = over;
    setInterval(() => this.#tick(), TICK_MS);
    over.addEventListener('abort', () => {
      for (const { fail } of this.#sleepers) fail(over.reason);
      this.#sleepers.clear();
    });
  }

  pause(ms: number): Promise<void> {
    return new Promise((wake, fail) => {
      if (this.#over.aborted) fail(this.#over.reason);
      else this.#sleepers.add({ until: this.now + ms, wake, fail });
    });
  }

  /** A pause of any length between the two. */
  between(least: number, most: number): Promise<void> {
    return this.pause(least + Math.random() * (most - least));
  }

  #tick(): void {
    const time = performance.now();
    this.now += (time - this.#last) * this.speed;
    this.#last = time;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
