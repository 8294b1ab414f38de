import { TiketiError } from '../../../client/index.ts';
import { randomId } from '../../shared/random-id.ts';

interface Attempt {
  /** The request, as text that tells it from others. */
  what: string;
  key: string;
}

/**
 * Keeps the Idempotency-Key of a request whose answer never came, so that asking again for the same can't buy twice. An answer, good or
 * bad, ends the attempt: the next request has a key of its own.
 */
export class Attempts {
  #open: Attempt | undefined;

  /** @param what equal for equal requests */
  async make<Result>(what: string, send: (key: string) => Promise<Result>): Promise<Result> {
    if (this.#open?.what !== what) this.#open = { what, key: randomId() };
    try {
      const result = await send(this.#open.key);
      this.#open = undefined;
      return result;
    } catch (error) {
      if (!isUncertain(error)) this.#open = undefined;
      throw error;
    }
  }
}

/** Whether the service may have done what was asked, or is still doing it. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof TiketiError)) return true;
  return (
    error.isNetworkError ||
    error.code === 'UNEXPECTED_ANSWER' ||
    error.code === 'IDEMPOTENCY_IN_FLIGHT' ||
    error.status >= 500
  );
}
