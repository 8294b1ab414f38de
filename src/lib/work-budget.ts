import { networkOf } from './network.ts';

/**
 * Limits the work that is done for callers without an account, in windows of one second: for each address or IPv6 network, and in all.
 * The cost of a piece of work is known after it, so the last one of a window may go beyond.
 */
export class WorkBudget {
  readonly #forAddress: number;
  readonly #inAll: number;
  readonly #spent = new Map<string, number>();
  #total = 0;
  #second = 0;

  constructor(limits: { forAddress: number; inAll: number }) {
    this.#forAddress = limits.forAddress;
    this.#inAll = limits.inAll;
  }

  /** Whether the address, or all together, have spent too much in this second. */
  exhausted(address: string): 'address' | 'all' | undefined {
    this.#turnWindow();
    if ((this.#spent.get(networkOf(address)) ?? 0) >= this.#forAddress) return 'address';
    return this.#total >= this.#inAll ? 'all' : undefined;
  }

  spend(address: string, cost: number): void {
    this.#turnWindow();
    const network = networkOf(address);
    this.#spent.set(network, (this.#spent.get(network) ?? 0) + cost);
    this.#total += cost;
  }

  #turnWindow(): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second === this.#second) return;
    this.#second = second;
    this.#spent.clear();
    this.#total = 0;
  }
}
