import type { Violation } from '../../harness/findings.ts';

import type { History } from '../history.ts';
import { checkAnswers, checkRecovery, checkTold } from './check-answers.ts';
import { checkPlacesFilled, checkStaysInside, checkThreshold } from './check-inside.ts';
import { checkAdmissions, checkSequences } from './check-order.ts';
import { checkAccounts, checkPlacesKept } from './check-places.ts';
import { staysOf } from './stays.ts';

/**
 * Looks for anything that a waiting room must not do, whatever was killed and lost meanwhile. Pure: the buyers' records go in,
 * violations come out; `test/unit/faults/waiting-room` feeds it forged histories.
 */
export function check(history: History): Violation[] {
  const stays = staysOf(history);
  return [
    ...checkAdmissions(history, stays),
    ...checkSequences(history, stays),
    ...checkThreshold(history, stays),
    ...checkStaysInside(stays),
    ...checkPlacesFilled(history),
    ...checkPlacesKept(history, stays),
    ...checkAccounts(history),
    ...checkAnswers(history),
    ...checkRecovery(history),
    ...checkTold(history, stays),
  ];
}
