import type { LiveSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import { networkOf } from '../lib/network.ts';

/** Seconds, for Retry-After. A connection ends when a page is closed, so it makes no sense to try again at once. */
const RETRY_AFTER = 10;

/** Counts the connections of this instance by address. */
export class ConnectionLimits {
  readonly #limits: LiveSettings;
  readonly #byNetwork = new Map<string, number>();
  #count = 0;

  constructor(limits: LiveSettings) {
    this.#limits = limits;
  }

  /**
   * Counts a connection.
   *
   * @returns a function to call once, when the connection is closed
   * @throws Problem TOO_MANY_REQUESTS for the address, or SERVICE_UNAVAILABLE for the instance
   */
  enter(address: string): () => void {
    const network = networkOf(address);
    const fromThere = this.#byNetwork.get(network) ?? 0;
    if (fromThere >= this.#limits.connectionsPerAddress)
      throw new Problem('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER });
    if (this.#count >= this.#limits.connections)
      throw new Problem('SERVICE_UNAVAILABLE', { retryAfter: RETRY_AFTER });
    this.#count++;
    this.#byNetwork.set(network, fromThere + 1);
    return () => {
      this.#count--;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#byNetwork.delete(network);
      else this.#byNetwork.set(network, left);
    };
  }
}
