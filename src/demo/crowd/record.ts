/** What a crowd notes of the service: how fast it answered, what it refused, and whether it kept its promises. */
export interface CrowdRecord {
  /** Answers by operation and by bucket of time: see `bucketOf`. */
  answers: Record<string, Record<number, number>>;
  /** Refusals by status and code. */
  refusals: Record<string, number>;
  /** Requests without an answer, or with one of a server that failed (5xx). */
  failed: number;
  /** Buyers who were let in. */
  letIn: number;
  /** The last rank in line that was let in, as far as this crowd knows. */
  lastInside: number;
  /** Answers that let someone wait although a buyer behind them was inside before they asked. */
  overtaken: number;
  /** ms since 1970. */
  soldOutAt: number | undefined;
  /** Seats that buyers paid and kept, and ticket types, once for each ticket. Comes with the last record. */
  kept: string[];
  /** How late the crowd's own timers were, p99 in ms. */
  lateMs: number;
}

export const emptyRecord = (): CrowdRecord => ({
  answers: {},
  refusals: {},
  failed: 0,
  letIn: 0,
  lastInside: 0,
  overtaken: 0,
  soldOutAt: undefined,
  kept: [],
  lateMs: 0,
});

/** Each bucket ends 5 % after the one before, so that a percentile is 5 % too large at most. */
const STEP = Math.log(1.05);
const SHORTEST_MS = 0.1;

const bucketOf = (ms: number) => Math.max(0, Math.ceil(Math.log(ms / SHORTEST_MS) / STEP));
const endOf = (bucket: number) => SHORTEST_MS * Math.exp(bucket * STEP);

export function noteAnswer({ answers }: CrowdRecord, operation: string, ms: number): void {
  addTo(answers, operation, { [bucketOf(ms)]: 1 });
}

/** @returns ms */
export function percentile(buckets: Record<number, number>, share: number): number {
  let left = share * countOf(buckets);
  // The keys of an object that are whole numbers come in ascending order.
  for (const [bucket, count] of Object.entries(buckets)) {
    left -= count;
    if (left <= 0) return endOf(Number(bucket));
  }
  return 0;
}

export const countOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Puts the records of several crowds together. */
export function merge(records: CrowdRecord[]): CrowdRecord {
  const all = emptyRecord();
  for (const record of records) {
    for (const [operation, buckets] of Object.entries(record.answers)) addTo(all.answers, operation, buckets);
    add(all.refusals, record.refusals);
    for (const name of ['failed', 'letIn', 'overtaken'] as const) all[name] += record[name];
    for (const name of ['lastInside', 'lateMs'] as const) all[name] = Math.max(all[name], record[name]);
    if (record.soldOutAt !== undefined)
      all.soldOutAt = Math.min(all.soldOutAt ?? Number.POSITIVE_INFINITY, record.soldOutAt);
    all.kept.push(...record.kept);
  }
  return all;
}

function addTo(answers: CrowdRecord['answers'], operation: string, buckets: Record<number, number>): void {
  answers[operation] ??= {};
  add(answers[operation], buckets);
}

function add(to: Record<string, number>, counts: Record<string, number>): void {
  for (const [name, count] of Object.entries(counts)) to[name] = (to[name] ?? 0) + count;
}
