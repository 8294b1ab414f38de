import pg from 'pg';
import { Problem } from '../../errors/problem.ts';

/** SQLSTATE classes that say that PostgreSQL itself is in trouble: connections, resources, the system, internal errors. */
const IN_TROUBLE = /^(08|53|58|XX)/;

/** SQLSTATE 57P: the server ends the connection. */
const ENDS_CONNECTION = '57P';

/** Whether PostgreSQL refused a statement and the connection is fine. After any other error it may be lost, or amid an answer. */
export function isAnsweredError(error: unknown): error is pg.DatabaseError {
  // By its class and not by its code: EPIPE has the form of an SQLSTATE.
  return error instanceof pg.DatabaseError && !error.code?.startsWith(ENDS_CONNECTION);
}

/**
 * Whether the transaction is rolled back for certain, so that its requests may be decided again. After any other error it may have been
 * committed, and deciding again could sell twice.
 */
export function isRolledBack(error: Error): boolean {
  return isAnsweredError(error) && !IN_TROUBLE.test(error.code ?? '');
}

/**
 * The answer to a request whose transaction failed with an error. If it may have been committed, the answer is to ask again: with an
 * idempotency key that is safe.
 */
export function answerFor(error: Error): Error {
  const isOfTheSystem = typeof (error as NodeJS.ErrnoException).code === 'string';
  if (error instanceof Problem || isRolledBack(error) || !isOfTheSystem) return error;
  return new Problem('SERVICE_UNAVAILABLE', { cause: error });
}
