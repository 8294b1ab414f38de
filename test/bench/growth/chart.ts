import { costOf, type Point, type Series } from './growth.ts';

const [WIDTH, HEIGHT, COLUMNS] = [300, 210, 3];
const PLOT = { left: 48, top: 34, width: 236, height: 132 };
const LINES: { name: string; color: string; of(point: Point): number }[] = [
  { name: 'all', color: '#1f2937', of: costOf },
  { name: 'service', color: '#2563eb', of: (point) => point.serviceUs },
  { name: 'PostgreSQL', color: '#d97706', of: (point) => point.postgresUs },
  { name: 'Redis', color: '#dc2626', of: (point) => point.redisUs },
];

/** Both axes are logarithmic. The dashed line is the logarithm, from the cost of the smallest size. */
export function chartOf(series: Series[]): string {
  const rows = Math.ceil(series.length / COLUMNS);
  const height = rows * HEIGHT + 28;
  const panels = series.map((each, index) => {
    const [x, y] = [(index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${panel(each)}</g>`;
  });
  const legend = LINES.map(
    ({ name, color }, index) =>
      `<path d="M${60 + index * 150} ${height - 14}h24" stroke="${color}" stroke-width="2"/>` +
      text(90 + index * 150, height - 10, name, 'start'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * COLUMNS} ${height}" font-family="sans-serif" font-size="10">`,
    '<title>What a sale costs as the work around it grows</title>',
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...panels,
    ...legend,
    `<path d="M660 ${height - 14}h24" stroke="#6b7280" stroke-dasharray="3 3"/>${text(690, height - 10, 'logarithm', 'start')}`,
    '</svg>\n',
  ].join('\n');
}

function panel({ title, unit, points }: Series): string {
  const sizes = points.map(({ size }) => size);
  const first = points[0] as Point;
  const logarithm = points.map(
    (point) => (costOf(first) * Math.log2(point.size + 1)) / Math.log2(first.size + 1),
  );
  const costs = [...LINES.flatMap(({ of }) => points.map(of)), ...logarithm].filter((cost) => cost >= 1);
  const x = scale(sizes, PLOT.left, PLOT.left + PLOT.width);
  const y = scale(costs, PLOT.top + PLOT.height, PLOT.top);
  const path = (values: number[]) =>
    `M${values.map((value, index) => `${x(sizes[index] as number)} ${y(Math.max(1, value))}`).join('L')}`;
  return [
    text(PLOT.left, 16, title, 'start', 'font-weight="bold"'),
    text(PLOT.left, 28, 'µs of CPU a sale', 'start', 'fill="#6b7280"'),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#d1d5db"/>`,
    ...powers(costs).map(
      (cost) =>
        grid(`M${PLOT.left} ${y(cost)}h${PLOT.width}`) + text(PLOT.left - 5, y(cost) + 3, named(cost), 'end'),
    ),
    ...sizes.map(
      (size) =>
        grid(`M${x(size)} ${PLOT.top}v${PLOT.height}`) +
        text(x(size), PLOT.top + PLOT.height + 13, named(size), 'middle'),
    ),
    text(PLOT.left + PLOT.width / 2, PLOT.top + PLOT.height + 27, unit, 'middle', 'fill="#6b7280"'),
    `<path d="${path(logarithm)}" fill="none" stroke="#6b7280" stroke-dasharray="3 3"/>`,
    ...LINES.map(
      ({ color, of }) => `<path d="${path(points.map(of))}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ),
  ].join('\n');
}

function scale(values: number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) =>
    Math.round((from + ((Math.log(value) - low) / (high - low || 1)) * (to - from)) * 10) / 10;
}

/** The powers of ten within the values. */
function powers(values: number[]): number[] {
  const [low, high] = [
    Math.ceil(Math.log10(Math.min(...values))),
    Math.floor(Math.log10(Math.max(...values))),
  ];
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => 10 ** (low + index));
}

function grid(path: string): string {
  return `<path d="${path}" stroke="#e5e7eb"/>`;
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${content}</text>`;
}

function named(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1e3 ? `${value / 1e3} k` : String(value);
}
