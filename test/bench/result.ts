/** One condition that a row must meet. */
export interface Target {
  /** What is compared: `bare`, `direct`, `before`, `seconds` … */
  of: string;
  value: number;
  /** The least that it must be, or the most where `atMost`; without one it is there to compare with. */
  target?: number;
  atMost?: boolean;
  /** What the value was compared with, where that is a rate. */
  reference?: number;
  /** The smallest and the largest value of the rounds. */
  spread?: [number, number];
}

/** The median, over the rounds, of one figure divided by another of the same round. */
export function ratio(
  rounds: Record<string, number>[],
  [figure, by]: [string, string],
  target?: number,
  { of = by, atMost = false } = {},
): Target {
  const values = rounds.map((round) => (round[figure] ?? 0) / (round[by] ?? 0));
  return {
    of,
    value: median(values),
    ...(target !== undefined && { target }),
    ...(atMost && { atMost }),
    spread: [Math.min(...values), Math.max(...values)],
  };
}

export interface RowResult {
  name: string;
  title: string;
  /** Answers a second, and how long they took in ms; a row that asks nothing of the service has none. */
  rate?: number;
  p50?: number;
  p99?: number;
  /** Per cent of one core, by process. */
  cpu: Record<string, number>;
  targets: Target[];
  /** What an answer costs: microseconds of CPU by process, and what the meters count. */
  costs?: Record<string, number>;
  /** Promises that were broken; a row with one has failed, however fast it was. */
  problems: string[];
  /** Answers of all rounds by status and code. */
  answers: Record<string, number>;
  /** The figures of each round, for those who want to see how far they scatter. */
  rounds: Record<string, number>[];
}

export const meets = ({ value, target, atMost }: Target): boolean =>
  target === undefined || (atMost ? value <= target : value >= target);

export const passes = ({ targets, problems }: RowResult): boolean =>
  problems.length === 0 && targets.every(meets);

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function mediansOf(records: Record<string, number>[]): Record<string, number> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return Object.fromEntries(names.map((name) => [name, median(records.map((record) => record[name] ?? 0))]));
}

export function medians(records: Record<string, number>[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(mediansOf(records)).map(([name, value]) => [name, Math.round(value)]),
  );
}

export function added(records: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const record of records) {
    for (const [name, count] of Object.entries(record)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** Per cent of one core that others may use before figures say more about them than about the service. */
const QUIET = 20;

/** What makes the figures doubtful, if anything does. */
export function doubts(results: RowResult[]): string[] {
  return results
    .filter(({ cpu }) => (cpu.elsewhere ?? 0) > QUIET)
    .map(
      ({ title, cpu }) =>
        `${title}: other processes used ${cpu.elsewhere} % of a core, so these figures are rough`,
    );
}
