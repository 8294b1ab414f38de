/** A read that takes longer has failed. The service itself gives up after 5 s. */
const READ_TIMEOUT_MS = 10_000;
const SLOWEST_MS = 30_000;

/** How long to wait after a read. Failures in a row wait twice as long each, so that 50 open consoles don't hold a service down. */
export function pauseMs(everyMs: number, failures: number): number {
  return Math.min(everyMs * 2 ** failures, Math.max(everyMs, SLOWEST_MS));
}

/** Reads again and again, one read at a time. `read` handles its own errors: a rejection only slows the polling down. */
export class Poller {
  readonly #read: (signal: AbortSignal) => Promise<unknown>;
  readonly #everyMs: number;
  #running: AbortController | undefined;

  constructor(read: (signal: AbortSignal) => Promise<unknown>, everyMs: number) {
    this.#read = read;
    this.#everyMs = everyMs;
  }

  /** Reads at once, and then regularly. A read under way is given up. */
  start(): void {
    this.stop();
    this.#running = new AbortController();
    void this.#poll(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #poll(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted; ) {
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(READ_TIMEOUT_MS)]);
      failures = await this.#read(signal).then(
        () => 0,
        () => failures + 1,
      );
      await pause(pauseMs(this.#everyMs, failures), stopped);
    }
  }
}

/** Ends early, and never rejects, if the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
