import { networkOf } from '../../lib/network.ts';

/** A body of this size counts: the status of 50,000 seats doesn't, a seat map does. */
const LARGE_BYTES = 64 * 1024;

/** Counts the bytes of large bodies by address or IPv6 network, in windows of one second. */
export class LargeAnswers {
  readonly #bytesPerSecond: number;
  readonly #sent = new Map<string, number>();
  #second = 0;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts a body that is about to be sent. `false` if its address has had enough in this second. */
  allows(address: string, bytes: number): boolean {
    if (bytes < LARGE_BYTES || this.#bytesPerSecond === 0) return true;
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#sent.clear();
    }
    const network = networkOf(address);
    const sent = this.#sent.get(network) ?? 0;
    if (sent >= this.#bytesPerSecond) return false;
    this.#sent.set(network, sent + bytes);
    return true;
  }
}
