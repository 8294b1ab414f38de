const TICK_MS = 20;
/** Requests that may be on their way at once: a service that is slow gets fewer. */
const IN_FLIGHT = 48;

/** Bounds the requests of all buyers together. */
export class Pace {
  perSecond: number;
  readonly #queue: (() => void)[] = [];
  #allowed = 0;
  #inFlight = 0;

  constructor(perSecond: number) {
    this.perSecond = perSecond;
    setInterval(() => {
      // What a quiet moment left over is not saved up for a rush.
      this.#allowed = Math.min(this.#allowed, 1) + (this.perSecond * TICK_MS) / 1_000;
      this.#next();
    }, TICK_MS);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#queue.push(resolve);
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#inFlight--;
      this.#next();
    }
  }

  #next(): void {
    while (this.#allowed >= 1 && this.#inFlight < IN_FLIGHT) {
      const begin = this.#queue.shift();
      if (!begin) return;
      this.#allowed--;
      this.#inFlight++;
      begin();
    }
  }
}
