const TICK_MS = 20;

/** What a request is for: to arrive, or to go on. */
export type Lane = 'arrive' | 'goOn';

/**
 * Bounds the requests of all buyers together. While many arrive, every second request is of a buyer who goes on: 5,000 arrivals take
 * 17 seconds, and nothing would be sold meanwhile.
 */
export class Pace {
  perSecond: number;
  readonly #queues: Record<Lane, (() => void)[]> = { arrive: [], goOn: [] };
  #turn: Lane = 'arrive';
  #allowed = 0;
  #inFlight = 0;
  readonly #most: number;

  /** @param inFlight requests that may be on their way at once */
  constructor(perSecond: number, inFlight: number) {
    this.perSecond = perSecond;
    this.#most = inFlight;
    setInterval(() => {
      // What a quiet moment left over is not saved up for a rush.
      this.#allowed = Math.min(this.#allowed, 1) + (this.perSecond * TICK_MS) / 1_000;
      this.#next();
    }, TICK_MS);
  }

  async run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#queues[lane].push(resolve);
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
    while (this.#allowed >= 1 && this.#inFlight < this.#most) {
      const begin = this.#shift();
      if (!begin) return;
      this.#allowed--;
      this.#inFlight++;
      begin();
    }
  }

  #shift(): (() => void) | undefined {
    const [own, other] = [this.#turn, this.#turn === 'arrive' ? 'goOn' : 'arrive'] as const;
    this.#turn = other;
    return this.#queues[own].shift() ?? this.#queues[other].shift();
  }
}
