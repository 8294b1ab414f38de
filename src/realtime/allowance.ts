const PER_SECOND = 20;
const AT_ONCE = 50;
const REFUSALS = 200;

/** A token bucket for the events of one socket. After many refusals the socket counts as abusive, to be disconnected. */
export class Allowance {
  #tokens = AT_ONCE;
  #filledAt = performance.now();
  #refusals = 0;

  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(AT_ONCE, this.#tokens + ((now - this.#filledAt) / 1_000) * PER_SECOND);
    this.#filledAt = now;
    // A full bucket forgives: a page that is open all day may be too fast now and then.
    if (this.#tokens === AT_ONCE) this.#refusals = 0;
    if (this.#tokens < 1) {
      this.#refusals++;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  get isAbused(): boolean {
    return this.#refusals > REFUSALS;
  }
}
