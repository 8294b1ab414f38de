import type { Evidence, Violation } from '../evidence.ts';
import { checkAnswers } from './check-answers.ts';
import { checkDatabase } from './check-database.ts';
import { checkTimes } from './check-times.ts';

/** After a fault is over: for connections that are made again, and requests that waited through it. */
export const GRACE_MS = 4_000;

/**
 * Looks for anything that must not have happened, whatever was killed in between. Pure: what the clients saw and what the database
 * holds go in, violations come out; `test/unit/faults/sales` shows it forged histories.
 */
export function check(evidence: Evidence): Violation[] {
  return [...checkDatabase(evidence.dump), ...checkAnswers(evidence), ...checkTimes(evidence, GRACE_MS)];
}
