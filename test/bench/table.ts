import { meets, type RowResult, type Target } from './result.ts';

const COLUMNS = [
  ...['work', 'per s', 'p50 ms', 'p99 ms', 'CPU, % of one core'],
  ...['against', 'is', 'spread', 'must', ''],
];

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
    wanted === undefined
      ? ['', '']
      : [`${atMost ? '≤' : '≥'} ${Number(wanted.toFixed(2))}`, meets(target) ? 'ok' : 'SHORT'];
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
