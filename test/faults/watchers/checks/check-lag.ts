import type { Violation } from '../../harness/findings.ts';
import type { WatcherHistory } from '../history.ts';

/** A lost message heals within 2 s, and a busy machine takes its time. */
export const HEALED_WITHIN_MS = 3_000;

/** News go on without Redis, and whatever is lost heals by itself, while sales go on: no need for a quiet moment or a reconnect. */
export function checkLag({ watchers, samples }: WatcherHistory): Violation[] {
  const violations: Violation[] = [];
  for (const [index, { at, watchers: shown }] of samples.entries()) {
    const known = samples.findLast(
      (earlier, earlierIndex) => earlierIndex <= index && earlier.at <= at - HEALED_WITHIN_MS,
    );
    if (!known) continue;
    for (const [number, version] of shown.entries()) {
      if (version < 0 || version >= known.database) continue;
      violations.push({
        rule: 'a connected watcher is up to date within seconds',
        detail:
          `${watchers[number]?.kind} watcher ${number} at ${new Date(at).toISOString()}: shows ${version}, ` +
          `${known.database} was committed ${Math.round(at - known.at)} ms before`,
      });
    }
  }
  return violations;
}
