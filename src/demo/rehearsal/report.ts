import { countOf, percentile } from '../crowd/record.ts';
import type { Outcome } from './rehearse.ts';

/** Beyond this the crowd's own delay is a part of the times that it measured. */
const LATE_MS = 50;

export function report(outcome: Outcome, problems: string[]): string {
  const { event, users, bought, record, before, after, soldOutSeconds } = outcome;
  const places = [...before.values()].reduce((sum, { free }) => sum + free, 0);
  const free = [...after.values()].reduce((sum, place) => sum + place.free, 0);
  const soldOut =
    soldOutSeconds === undefined
      ? `not sold out, ${whole(free)} of ${whole(places)} are free`
      : `sold out after ${duration(soldOutSeconds)}`;
  const operations = Object.entries(record.answers)
    .sort(([, a], [, b]) => countOf(b) - countOf(a))
    .map(([operation, buckets]) => [
      operation,
      whole(countOf(buckets)),
      ms(percentile(buckets, 0.5)),
      ms(percentile(buckets, 0.99)),
    ]);
  return [
    `${event.title}: ${whole(users)} buyers`,
    '',
    `let in       ${whole(record.letIn)}`,
    `sold         ${whole(record.kept.length)} of ${whole(places)} places, ${whole(bought)} buyers kept theirs; ${soldOut}`,
    `overtaken    ${record.overtaken === 0 ? 'none seen' : whole(record.overtaken)}`,
    `refused      ${told(record.refusals)}`,
    ...(record.lateMs > LATE_MS
      ? [
          `the crowd    was late itself by ${ms(record.lateMs)} ms (p99): take more --processes, or another machine`,
        ]
      : []),
    '',
    ...table([['operation', 'answers', 'p50 ms', 'p99 ms'], ...operations]),
    '',
    ...(problems.length === 0 ? ['It held.'] : ['It did NOT hold:', ...problems.map((each) => `  ${each}`)]),
    '',
  ].join('\n');
}

function told(counts: Record<string, number>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.map(([name, count]) => `${whole(count)} × ${name}`).join(', ') || 'none';
}

function table(rows: string[][]): string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds.toFixed(1)} s` : `${minutes} min ${Math.round(seconds % 60)} s`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
