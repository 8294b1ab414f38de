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
  /** Promises that were broken; a row with one has failed, however fast it was. */
  problems: string[];
  /** Answers of all rounds by status and code. */
  answers: Record<string, number>;
  /** The figures of each round, for those who want to see how far they scatter. */
  rounds: Record<string, number>[];
}

const meets = ({ value, target, atMost }: Target): boolean =>
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

export function medians(records: Record<string, number>[]): Record<string, number> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return Object.fromEntries(
    names.map((name) => [name, Math.round(median(records.map((record) => record[name] ?? 0)))]),
  );
}

export function added(records: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const record of records) {
    for (const [name, count] of Object.entries(record)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

const COLUMNS = ['work', 'per s', 'p50 ms', 'p99 ms', 'CPU, % of one core', 'against', 'is', 'must', ''];

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

/** A table for people. Machines read the results as JSON. */
export function toTable(results: RowResult[]): string {
  const lines = results.flatMap((result) => {
    const { title, rate, p50, p99, cpu, targets, problems, answers } = result;
    const shares = Object.entries(cpu).map(([part, share]) => `${part} ${share}`);
    const rows = Math.max(1, targets.length);
    const cells = Array.from({ length: rows }, (_, index) => {
      const target = targets[index];
      const own =
        index === 0
          ? [title, rate === undefined ? '' : whole(rate), tenths(p50), tenths(p99), shares.join(', ')]
          : ['', '', '', '', ''];
      return [...own, ...(target ? judged(target) : ['', '', '', ''])];
    });
    const told = Object.entries(answers).map(([answer, count]) => `${whole(count)} × ${answer}`);
    return [
      ...cells,
      ...(told.length > 0 ? [[`  answers: ${told.join(', ')}`]] : []),
      ...problems.map((problem) => [`  BROKEN: ${problem}`]),
    ];
  });
  const widths = COLUMNS.map((column, index) =>
    Math.max(
      column.length,
      ...lines.filter(({ length }) => length > 1).map((line) => (line[index] ?? '').length),
    ),
  );
  const print = (line: string[]) =>
    (line.length === 1
      ? line.join('')
      : line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')
    ).trimEnd();
  return [COLUMNS, widths.map((width) => '-'.repeat(width)), ...lines].map(print).join('\n');
}

function judged(target: Target): string[] {
  const { of, value, target: wanted, atMost, reference } = target;
  const against = reference === undefined ? of : `${of} ${whole(reference)}/s`;
  const verdict =
    wanted === undefined ? ['', ''] : [`${atMost ? '≤' : '≥'} ${wanted}`, meets(target) ? 'ok' : 'SHORT'];
  return [against, value.toFixed(2), ...verdict];
}

function tenths(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(1);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
