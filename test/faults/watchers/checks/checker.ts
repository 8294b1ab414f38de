import type { Violation } from '../../harness/findings.ts';
import type { WatcherHistory } from '../history.ts';
import { checkLag } from './check-lag.ts';
import { checkMaps } from './check-maps.ts';
import { checkScale } from './check-scale.ts';
import { checkSteps } from './check-steps.ts';

/**
 * Looks for anything that a watcher must not have seen, whatever was killed meanwhile. Pure: what the watchers recorded goes in,
 * violations come out; `test/unit/faults/watchers` feeds it forged histories.
 */
export function check(history: WatcherHistory): Violation[] {
  return [...checkSteps(history), ...checkMaps(history), ...checkLag(history), ...checkScale(history)];
}
