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

const COLUMNS = [
  ...['work', 'per s', 'p50 ms', 'p99 ms', 'CPU, % of one core'],
  ...['against', 'is', 'spread', 'must', ''],
];

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
    const { title, rate, p50, p99, cpu, targets, costs, problems, answers } = result;
    const used = Object.entries(cpu).filter(([, share]) => share > 0);
    const shares = used.map(([part, share]) => `${part} ${share}`);
    const rows = Math.max(1, targets.length);
    const cells = Array.from({ length: rows }, (_, index) => {
      const target = targets[index];
      const own =
        index === 0
          ? [title, rate === undefined ? '' : whole(rate), tenths(p50), tenths(p99), shares.join(', ')]
          : ['', '', '', '', ''];
      return [...own, ...(target ? judged(target) : ['', '', '', '', ''])];
    });
    const told = Object.entries(answers).map(([answer, count]) => `${whole(count)} × ${answer}`);
    return [
      ...cells,
      ...(costs ? toldCosts(costs).map((line) => [`  ${line}`]) : []),
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
  const [low, high] = target.spread ?? [value, value];
  const spread = low === high ? '' : `${low.toFixed(2)}–${high.toFixed(2)}`;
  const verdict =
    wanted === undefined ? ['', ''] : [`${atMost ? '≤' : '≥'} ${wanted}`, meets(target) ? 'ok' : 'SHORT'];
  return [against, value.toFixed(2), spread, ...verdict];
}

const METERS: [name: string, text: (figure: string) => string][] = [
  ['trips', (n) => `PostgreSQL ${n} round trips`],
  ['sent', (n) => `${n} bytes to it`],
  ['received', (n) => `${n} from it`],
  ['wal', (n) => `${n} of WAL`],
  ['redisTrips', (n) => `Redis ${n} round trips`],
  ['redisSent', (n) => `${n} bytes to it`],
  ['redisReceived', (n) => `${n} from it`],
];

/** The costs that are worth a word. */
function toldCosts(costs: Record<string, number>): string[] {
  const us = Object.entries(costs).filter(([name, value]) => name.endsWith('Us') && value >= 0.5);
  const meters = METERS.filter(([name]) => (costs[name] ?? 0) >= 0.005);
  const told = [
    us.map(([name, value]) => `${name.slice(0, -2)} ${value.toFixed(0)}`).join(', '),
    meters.map(([name, text]) => text(figure(costs[name] as number))).join(', '),
    costs.batch === undefined ? '' : `batches of ${figure(costs.batch)}`,
  ];
  return us.length > 0
    ? [`µs an answer: ${told[0]}`, told.slice(1).filter(Boolean).join('; ')].filter(Boolean)
    : [];
}

function figure(value: number): string {
  return value >= 100 ? whole(value) : value.toFixed(value < 10 ? 2 : 1);
}

function tenths(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(1);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
