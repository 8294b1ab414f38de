import { GRACE_MS, tally, type Violation } from '../harness/findings.ts';
import { overlaps } from './checks/check-times.ts';

import type { Attempt, Evidence } from './evidence.ts';

/** How many violations of each rule are shown with their evidence. */
const SHOWN = 5;
const COLUMNS = ['2xx', '4xx', '503', '5xx', 'hung up', 'broken'] as const;
type Column = (typeof COLUMNS)[number];

function columnOf({ status, dropped }: Attempt): Column {
  if (status === null) return dropped ? 'hung up' : 'broken';
  if (status >= 500) return status === 503 ? '503' : '5xx';
  return status >= 400 ? '4xx' : '2xx';
}

/** The requests and answers during each fault, and the violations. */
export function toReport(
  { history, dump, windows, news, deliveries }: Evidence,
  violations: Violation[],
): string {
  const during = windows.map((window) => history.filter((attempt) => overlaps(attempt, window, GRACE_MS)));
  const rest = history.filter((attempt) => !windows.some((window) => overlaps(attempt, window, GRACE_MS)));
  const rows = [
    ['fault', 'seconds', 'requests', ...COLUMNS, 'last error after it'],
    ...windows.map(({ name, from, to }, index) => {
      const attempts = during[index] ?? [];
      const errors = attempts.filter(
        (attempt) => columnOf(attempt) === '503' || columnOf(attempt) === 'broken',
      );
      const last = Math.max(0, ...errors.map(({ endedAt }) => endedAt - to));
      return [
        name,
        ((to - from) / 1_000).toFixed(1),
        ...counts(attempts),
        errors.length === 0 ? 'none' : `${last} ms`,
      ];
    }),
    ['none', '', ...counts(rest), ''],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const granted = new Set(history.flatMap((attempt) => attempt.granted?.id ?? []));
  return [
    ...table,
    '',
    `By operation and answer: ${tally(history.map(({ operation, status, code }) => `${operation} ${code ?? status ?? 'no answer'}`))}`,
    `${granted.size} reservations acknowledged, ${dump.reservations.length} in the database (${tally(dump.reservations.map(({ status }) => status))})`,
    `${news.length} times seat-locked, on instance ${tally(news.map(({ instance }) => String(instance)))}`,
    `${deliveries.length} messages of webhooks, ${new Set(deliveries.map(({ id }) => id)).size} of them different (${tally(deliveries.map(({ type }) => type))})`,
    `${dump.cancellations.map(({ done }) => done).join(', ')} reservations of a cancelled event cancelled, ${dump.refunds.length} refunds due`,
    `A fault lasts until everything works again, and ${GRACE_MS / 1_000} s more`,
    '',
    violations.length === 0
      ? 'No violations'
      : `${violations.length} VIOLATIONS: ${tally(violations.map(({ rule }) => rule))}`,
    ...[...Map.groupBy(violations, ({ rule }) => rule).values()].flatMap((some) =>
      some.slice(0, SHOWN).map(({ rule, detail }) => `  ${rule}: ${detail}`),
    ),
  ].join('\n');
}

function counts(attempts: Attempt[]): string[] {
  const columns = attempts.map(columnOf);
  return [
    String(attempts.length),
    ...COLUMNS.map((name) => String(columns.filter((column) => column === name).length)),
  ];
}
