import type { Violation } from '../../harness/findings.ts';
import type { WatcherHistory } from '../history.ts';

/** Fewer changes, or fewer watchers that a fault has met, would prove little. */
const VERSIONS_AT_LEAST = 500;
const RECONNECTED_AT_LEAST = 0.2;

/** A run in which nothing happened passes no check. */
export function checkScale({ watchers, samples, faults }: WatcherHistory): Violation[] {
  const versionAt = (time: number) => samples.findLast(({ at }) => at <= time)?.database ?? 0;
  const first = samples[0]?.database ?? 0;
  const raised = (samples.at(-1)?.database ?? 0) - first;
  const again = watchers.filter(({ steps }) => steps.filter(({ did }) => did === 'connect').length > 1);
  const idle = faults.filter(({ from, to }) => to - from > 5_000 && versionAt(to) === versionAt(from));
  const rule = 'the run is large enough';
  return [
    ...(raised >= VERSIONS_AT_LEAST ? [] : [{ rule, detail: `${raised} versions` }]),
    ...(again.length >= watchers.length * RECONNECTED_AT_LEAST
      ? []
      : [{ rule, detail: `${again.length} of ${watchers.length} watchers connected again` }]),
    ...idle.map(({ name }) => ({ rule, detail: `nothing was sold during: ${name}` })),
  ];
}
