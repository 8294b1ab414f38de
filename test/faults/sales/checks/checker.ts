import { GRACE_MS, type Violation } from '../../harness/findings.ts';
import type { Evidence } from '../evidence.ts';
import { checkAnswers } from './check-answers.ts';
import { checkCancellations } from './check-cancellations.ts';
import { checkDatabase } from './check-database.ts';
import { checkDeliveries } from './check-deliveries.ts';
import { checkNews } from './check-news.ts';
import { checkTimes } from './check-times.ts';

/**
 * Looks for anything that must not have happened, whatever was killed meanwhile. Pure: the clients' records and a dump of the database
 * go in, violations come out; `test/unit/faults/sales` feeds it forged histories.
 */
export function check(evidence: Evidence): Violation[] {
  return [...checkSales(evidence), ...checkCancellations(evidence), ...checkDeliveries(evidence)];
}

/** The same of what is sold alone, without cancelled events and webhooks. */
export function checkSales(evidence: Evidence): Violation[] {
  return [
    ...checkDatabase(evidence.dump),
    ...checkAnswers(evidence),
    ...checkTimes(evidence, GRACE_MS),
    ...checkNews(evidence),
  ];
}
