import { postgresFailure } from '../../errors/postgres-failures.ts';
import { Problem } from '../../errors/problem.ts';
import { isUnavailable } from '../../errors/unavailable.ts';

/** Whether the requests of a failed transaction may be decided again: nothing of it was committed, and a retry may succeed. */
export function mayDecideAgain(error: Error): boolean {
  return postgresFailure(error).again === true;
}

/**
 * The answer to a request whose transaction failed with an error. If it may have been committed, the answer is to ask again: with an
 * idempotency key that is safe.
 */
export function answerFor(error: Error): Error {
  const isOfTheSystem = typeof (error as NodeJS.ErrnoException).code === 'string';
  if (error instanceof Problem || isUnavailable(error) || mayDecideAgain(error) || !isOfTheSystem)
    return error;
  return new Problem('SERVICE_UNAVAILABLE', { cause: error });
}
