import { WorkBudget } from '../../lib/work-budget.ts';

/** A body of this size counts: the status of 50,000 seats doesn't, a seat map does. */
const LARGE_BYTES = 64 * 1024;

/** Counts the bytes of large bodies by address or IPv6 network, in windows of one second. */
export class LargeAnswers {
  readonly #budget: WorkBudget;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number) {
    const forAddress = bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : bytesPerSecond;
    this.#budget = new WorkBudget({ forAddress, inAll: Number.POSITIVE_INFINITY });
  }

  /** Counts a body that is about to be sent. `false` if its address has had enough in this second. */
  allows(address: string, bytes: number): boolean {
    if (bytes < LARGE_BYTES) return true;
    if (this.#budget.exhausted(address)) return false;
    this.#budget.spend(address, bytes);
    return true;
  }
}
