import { LRUCache } from 'lru-cache';
import { Problem } from '../../errors/problem.ts';
import { type PreparedAnswer, prepare } from '../../plugins/answers/prepared-answer.ts';

/** How often a report is read at most. */
const LEAST_MS = 1_000;
/** A report that takes long is read seldom, so that it takes a fortieth of the time, however many ask. */
const REST = 40;
const MAX_WAITING = 16;

interface Kept {
  answer: Promise<PreparedAnswer>;
  /** Infinite while it is being read. */
  until: number;
}

/** Reports on whole events. All who ask for the same one share it, and one is read at a time. */
export class Reports {
  readonly #kept = new LRUCache<string, Kept>({ max: 64 });
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * The report from memory, or else from `read`.
   *
   * @throws Problem SERVICE_UNAVAILABLE if too many others wait to be read
   */
  async get<Report>(key: string, read: () => Promise<Report>): Promise<PreparedAnswer> {
    const known = this.#kept.get(key);
    if (known && performance.now() < known.until) return await known.answer;
    if (this.#waiting >= MAX_WAITING) throw new Problem('SERVICE_UNAVAILABLE', { retryAfter: 1 });
    const kept: Kept = { answer: this.#inTurn(key, read), until: Number.POSITIVE_INFINITY };
    this.#kept.set(key, kept);
    return await kept.answer;
  }

  async #inTurn<Report>(key: string, read: () => Promise<Report>): Promise<PreparedAnswer> {
    const before = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    this.#waiting++;
    try {
      await before;
      const begun = performance.now();
      const answer = prepare(await read());
      const took = performance.now() - begun;
      const kept = this.#kept.get(key);
      if (kept) kept.until = begun + Math.max(LEAST_MS, REST * took);
      return answer;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    } finally {
      this.#waiting--;
      done.resolve();
    }
  }
}
