import { type FaultWindow, GRACE_MS, tally, type Violation } from '../faults/harness/findings.ts';
import { salesOf } from '../faults/sales/checks/check-times.ts';
import type { Evidence } from '../faults/sales/evidence.ts';
import { certainlyInside, mostAtOnce } from '../faults/waiting-room/checks/check-inside.ts';
import { staysOf } from '../faults/waiting-room/checks/stays.ts';
import type { History } from '../faults/waiting-room/history.ts';

/** How many violations of each rule are shown with their evidence. */
const SHOWN = 5;

interface Request {
  endedAt: number;
  instance: number;
  status: number | null;
}

/** What each fault cost, and the violations. */
export function toReport(
  name: string,
  { history, windows, dump }: Evidence,
  room: History,
  violations: Violation[],
): string {
  const sales = salesOf(history);
  const told = room.contacts.filter(({ kind, state }) => kind !== 'socket' && state !== undefined);
  const asked = room.contacts.filter(({ kind }) => kind !== 'socket');
  const crowd = mostAtOnce(staysOf(room).flatMap((stay) => certainlyInside(room, stay)));
  return [
    `== ${name}`,
    ...windows.flatMap((window, index) => [
      `${window.name}, for ${inSeconds(window.to - window.from)}`,
      `  sales   ${costOf(window, history, sales)}`,
      `  places  ${costOf(room.faults[index] ?? window, asked, told)}`,
    ]),
    `${history.length} requests of buyers: ${tally(history.map(({ status, code }) => `${code ?? status ?? 'no answer'}`))}`,
    `${sales.length} reservations acknowledged, ${dump.reservations.length} in the database`,
    `${asked.length} requests of ${room.buyers.length} people in the waiting room: ${tally(asked.map(({ status, state }) => `${state ?? status ?? 'no answer'}`))}`,
    `at most ${crowd.count} of ${room.settings.threshold} were certainly inside at once`,
    violations.length === 0
      ? 'No violations'
      : `${violations.length} VIOLATIONS: ${tally(violations.map(({ rule }) => rule))}`,
    ...[...Map.groupBy(violations, ({ rule }) => rule).values()].flatMap((some) =>
      some.slice(0, SHOWN).map(({ rule, detail }) => `  ${rule}: ${detail}`),
    ),
  ].join('\n');
}

/** @param done the requests that succeeded */
function costOf(window: FaultWindow, all: Request[], done: Request[]): string {
  const within = ({ endedAt }: Request) => endedAt >= window.from && endedAt <= window.to + GRACE_MS;
  const failures = all.filter(({ status }) => status === null || status >= 500).filter(within);
  const last = Math.max(...failures.map(({ endedAt }) => endedAt - window.from));
  const gaps = [...Map.groupBy(done, ({ instance }) => instance)].map(
    ([instance, own]) => `${inSeconds(longestGap(window, own))} on instance ${instance}`,
  );
  const failed =
    failures.length === 0
      ? 'no failure'
      : `${failures.length} failures (${tally(failures.map(({ status }) => `${status ?? 'no answer'}`))}), the last ${inSeconds(last)} after the break`;
  return `${failed}; none for ${inSeconds(longestGap(window, done))} anywhere, ${gaps.join(', ')}`;
}

/** The longest time without a success, from the break until a while after it. */
function longestGap({ from, to }: FaultWindow, done: Request[]): number {
  const until = to + GRACE_MS;
  const times = done.map(({ endedAt }) => endedAt).filter((at) => at > from && at < until);
  const steps = [from, ...times.sort((a, b) => a - b), until];
  return Math.max(...steps.slice(1).map((at, index) => at - (steps[index] ?? at)));
}

const inSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
