import { tally, type Violation } from '../harness/findings.ts';
import type { Attempt } from '../sales/evidence.ts';
import type { WatcherHistory } from './history.ts';

/** How many violations of each rule are shown with their evidence. */
const SHOWN = 5;

/** What the watchers saw, what the faults did, and the violations. */
export function toReport(history: WatcherHistory, sales: Attempt[], violations: Violation[]): string {
  const { watchers, samples, faults, database } = history;
  const start = samples[0]?.at ?? 0;
  const seconds = (at: number) => ((at - start) / 1_000).toFixed(1);
  const lags = samples.flatMap(({ at, watchers: shown }) =>
    [...shown].filter((version) => version >= 0).map((version) => at - seenBy(history, version, at)),
  );
  lags.sort((a, b) => a - b);
  const lag = (share: number) => Math.round(lags[Math.floor((lags.length - 1) * share)] ?? 0);
  return [
    `${watchers.length} watchers (${tally(watchers.map(({ kind }) => kind))})`,
    `versions ${samples[0]?.database} to ${database.version}, by ${sales.length} requests: ${tally(sales.map(({ operation, status, code }) => `${operation} ${code ?? status ?? 'no answer'}`))}`,
    ...[...Map.groupBy(watchers, ({ kind }) => kind)].map(
      ([kind, own]) =>
        `${kind}: ${tally(own.flatMap(({ steps }) => steps.map((step) => (step.did === 'read' ? `read ${step.why}` : step.did))))}`,
    ),
    `behind the database, sampled: up to ${lag(0.5)} ms (median), ${lag(0.99)} ms (p99), ${lag(1)} ms (worst)`,
    ...faults.map(({ name, from, to }) => `${name}: from ${seconds(from)} s to ${seconds(to)} s`),
    '',
    violations.length === 0
      ? 'No violations'
      : `${violations.length} VIOLATIONS: ${tally(violations.map(({ rule }) => rule))}`,
    ...[...Map.groupBy(violations, ({ rule }) => rule).values()].flatMap((some) =>
      some.slice(0, SHOWN).map(({ rule, detail }) => `  ${rule}: ${detail}`),
    ),
  ].join('\n');
}

/** The last time at which this version was still the newest, as far as the samples say. */
function seenBy({ samples }: WatcherHistory, version: number, at: number): number {
  const next = samples.find(({ database }) => database > version);
  return Math.min(at, next?.at ?? at);
}
