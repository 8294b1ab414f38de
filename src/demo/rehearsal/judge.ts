import { countOf, percentile } from '../crowd/record.ts';
import type { Outcome } from './rehearse.ts';

/** One answer of a thousand may be missing or be a 5xx: the service says so when it has too much to do. */
const MOST_FAILED = 0.001;

/** Says in which ways a sale did not hold. */
export function judge(outcome: Outcome, withinMs: number): string[] {
  const { users, arrived, record, cutShort } = outcome;
  const answers = Object.values(record.answers).reduce((sum, buckets) => sum + countOf(buckets), 0);
  const slow = Object.entries(record.answers).filter(([, buckets]) => percentile(buckets, 0.99) > withinMs);
  return [
    ...(arrived < users ? [`${users - arrived} buyers didn't arrive`] : []),
    ...(record.letIn === 0 ? ['no buyer was let in'] : []),
    ...(cutShort ? ['buyers were still there when the time was over'] : []),
    ...(record.overtaken > 0 ? [`buyers were overtaken in line, ${record.overtaken} times`] : []),
    ...soldWrongly(outcome),
    ...(record.failed > answers * MOST_FAILED
      ? [`${record.failed} requests had no answer or one of a server that failed`]
      : []),
    ...slow.map(([operation]) => `${operation} took more than ${withinMs} ms (p99)`),
  ];
}

/** Compares what the buyers paid with what the service had and has. Others may buy, too, and cancel what they had before. */
function soldWrongly({ record, before, after }: Outcome): string[] {
  const kept = new Map<string, number>();
  for (const id of record.kept) kept.set(id, (kept.get(id) ?? 0) + 1);
  let twice = 0;
  let lost = 0;
  for (const [id, count] of kept) {
    const had = before.get(id)?.unsold ?? 0;
    twice += Math.max(0, count - had);
    lost += Math.max(0, (after.get(id)?.unsold ?? 0) - Math.max(0, had - count));
  }
  return [
    ...(twice > 0 ? [`${twice} places were sold more than once`] : []),
    ...(lost > 0 ? [`${lost} places were paid, and the service still has them`] : []),
  ];
}
