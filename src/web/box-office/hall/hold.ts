import { TiketiError } from '../../../client/index.ts';
import { randomId } from '../../shared/random-id.ts';

/** The same request is being processed still: that many times, its answer is asked for again. */
const ATTEMPTS = 5;

/**
 * Sends a hold with the same Idempotency-Key as long as the choice stays the same and no answer came. After a lost answer, a second
 * press gets the hold of the first one, and holds nothing twice.
 */
export class SafeHold {
  #choice: string | undefined;
  #key = '';

  async send<Answer>(
    choice: string,
    call: (options: { headers: { 'idempotency-key': string } }) => Promise<Answer>,
  ): Promise<Answer> {
    if (choice !== this.#choice) [this.#choice, this.#key] = [choice, randomId()];
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await call({ headers: { 'idempotency-key': this.#key } });
        this.#choice = undefined;
        return answer;
      } catch (error) {
        const code = error instanceof TiketiError ? error.code : undefined;
        if (code === 'IDEMPOTENCY_IN_FLIGHT' && attempt < ATTEMPTS) {
          await new Promise((resolve) =>
            setTimeout(resolve, ((error as TiketiError).retryAfter ?? 1) * 1_000),
          );
          continue;
        }
        // A refusal is an answer. The next attempt is a new request, since other seats may be free then.
        if (!isUnanswered(error)) this.#choice = undefined;
        throw error;
      }
    }
  }
}

/** Whether the service may have held the seats nevertheless. */
export function isUnanswered(error: unknown): boolean {
  return !(error instanceof TiketiError) || UNANSWERED.includes(error.code);
}

const UNANSWERED: readonly string[] = [
  'NETWORK_ERROR',
  'UNEXPECTED_ANSWER',
  'INTERNAL_ERROR',
  'SERVICE_UNAVAILABLE',
  'IDEMPOTENCY_IN_FLIGHT',
];
