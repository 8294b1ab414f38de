import type { Costs } from './costs.ts';
import { OPERATIONS } from './costs.ts';
import { type Demand, demandOf, type Sale } from './sizes.ts';

const SALES: [title: string, sale: Sale][] = [
  ['10,000 in a minute', { people: 10_000, minutes: 1, sockets: 0.5, threshold: 1_000, edge: false }],
  ['200,000 in a minute', { people: 200_000, minutes: 1, sockets: 0.5, threshold: 2_000, edge: false }],
  ['200,000, edge cache', { people: 200_000, minutes: 1, sockets: 0.5, threshold: 2_000, edge: true }],
  ['5,000,000 in a minute', { people: 5_000_000, minutes: 1, sockets: 0, threshold: 5_000, edge: false }],
  ['5,000,000, edge cache', { people: 5_000_000, minutes: 1, sockets: 0, threshold: 5_000, edge: true }],
  [
    '5,000,000, edge cache, lobby of 60 minutes',
    { people: 5_000_000, minutes: 60, sockets: 0, threshold: 5_000, edge: true },
  ],
];

const ROWS: [title: string, cell: (demand: Demand) => string][] = [
  ['first visits a second', ({ perSecond }) => whole(perSecond.check)],
  ['questions for a place a second', ({ perSecond }) => whole(perSecond.poll)],
  ['public reads a second', ({ perSecond }) => whole(perSecond.event + perSecond.seats)],
  ['holds, and payments, a second', ({ perSecond }) => whole(perSecond.hold)],
  ['open sockets', ({ sockets }) => whole(sockets)],
  ['their memory, all instances', ({ socketGiB }) => `${socketGiB.toFixed(1)} GiB`],
  ['memory of Redis', ({ redisMiB }) => `${whole(redisMiB)} MiB`],
  ['bytes out', ({ megabitsPerSecond }) => `${whole(megabitsPerSecond)} Mbit/s`],
  ['cores of Node.js', ({ cores }) => cores.service.toFixed(1)],
  ['cores of PostgreSQL', ({ cores }) => cores.postgres.toFixed(2)],
  ['cores of Redis', ({ cores }) => cores.redis.toFixed(2)],
  ['processes of the service', ({ instances }) => whole(instances)],
  ['breaks', ({ breaks }) => breaks.join(', ') || '–'],
];

const NAMES: Record<(typeof OPERATIONS)[number], string> = {
  hold: 'a hold, in batches',
  confirm: 'a payment, in batches',
  check: 'a first visit, which gets a place',
  poll: 'a question for a place',
  event: 'an event, from memory',
  seats: 'the status of seats, from memory',
};

/** What an answer costs, and how many a second one process of each kind can do. */
/** Per cent of a core that others may use before they are a part of the figures. */
const QUIET = 20;

export function costTable({ operations, measured, elsewhere }: Costs): string {
  const table = markdown(
    [
      'one answer',
      'Node.js, µs',
      'PostgreSQL, µs',
      'Redis, µs',
      'most a second of one instance',
      'of one Redis',
    ],
    OPERATIONS.map((name) => {
      const { service, postgres, redis } = operations[name];
      return [
        NAMES[name],
        ...[service, postgres, redis].map((us) => us.toFixed(us < 10 ? 1 : 0)),
        whole(1e6 / service),
        redis < 0.5 ? '–' : whole(1e6 / redis),
      ];
    }),
  );
  const noise =
    elsewhere > QUIET
      ? `while other processes used up to ${elsewhere} % of a core, so rough`
      : 'on a quiet machine';
  return `${table}\n\nMeasured on ${measured}, ${noise}.`;
}

export function saleTable(costs: Costs): string {
  const demands = SALES.map(([, sale]) => demandOf(sale, costs));
  return markdown(
    ['', ...SALES.map(([title]) => title)],
    ROWS.map(([title, cell]) => [title, ...demands.map(cell)]),
  );
}

function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function whole(value: number): string {
  const digits = value >= 1_000 ? 10 ** (Math.floor(Math.log10(value)) - 1) : 1;
  return (Math.round(value / digits) * digits).toLocaleString('en');
}
