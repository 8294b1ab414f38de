import { median, type RowResult, type Target } from '../result.ts';

/** What one sale costs at one size, in µs of CPU, and how many are sold a second. */
export interface Point {
  size: number;
  rate: number;
  serviceUs: number;
  postgresUs: number;
  redisUs: number;
}

/** Work that grows. */
export interface Series {
  name: string;
  title: string;
  /** The unit of `size`: `seats of a hall`. */
  unit: string;
  points: Point[];
  problems: string[];
}

const FIGURES = ['serviceUs', 'postgresUs', 'redisUs'] as const;

export const costOf = (point: Point): number => point.serviceUs + point.postgresUs + point.redisUs;

/** The slope of the straight line through the points on log-log paper, by least squares: 1 is linear, 0 is constant. */
export function slopeOf(points: { x: number; y: number }[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(logs.map(({ x }) => x)), mean(logs.map(({ y }) => y))];
  const spread = logs.reduce((sum, { x }) => sum + (x - middleX) ** 2, 0);
  return logs.reduce((sum, { x, y }) => sum + (x - middleX) * (y - middleY), 0) / spread;
}

/** The slope that the logarithm itself has over these sizes. A tree of twice the size is one level higher. */
export function slopeOfLogarithm(sizes: number[]): number {
  return slopeOf(sizes.map((size) => ({ x: size, y: Math.log2(size + 1) })));
}

/** The median of each figure at each size. */
export function medianPoints(points: Point[]): Point[] {
  const sizes = [...new Set(points.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.map((size) => {
    const same = points.filter((point) => point.size === size);
    const of = (figure: keyof Point) => median(same.map((point) => point[figure]));
    const [rate, serviceUs] = [of('rate'), of('serviceUs')];
    return { size, rate, serviceUs, postgresUs: of('postgresUs'), redisUs: of('redisUs') };
  });
}

export function toRow({ name, title, points, problems }: Series): RowResult {
  const slope = (of: (point: Point) => number) =>
    slopeOf(points.map((point) => ({ x: point.size, y: Math.max(1, of(point)) })));
  const most = slopeOfLogarithm(points.map(({ size }) => size));
  const target: Target = { of: 'slope of the cost', value: slope(costOf), target: most, atMost: true };
  const parts = FIGURES.map((figure) => ({
    of: `slope of ${figure.slice(0, -2)}`,
    value: slope((point) => point[figure]),
  }));
  return {
    ...{ name, title, cpu: {}, targets: [target, ...parts], problems, answers: {} },
    rounds: points.map((point) => ({ ...point })),
  };
}

/** One line a size, for people. */
export function toLines({ title, unit, points }: Series): string[] {
  const whole = (value: number, width: number) => Math.round(value).toLocaleString('en').padStart(width);
  return [
    `${title}:`,
    `${unit.padStart(24)}   sales/s  µs a sale: service  postgres  redis`,
    ...points.map(
      ({ size, rate, serviceUs, postgresUs, redisUs }) =>
        `${whole(size, 24)}  ${whole(rate, 8)}  ${whole(serviceUs, 18)}  ${whole(postgresUs, 8)}  ${whole(redisUs, 5)}`,
    ),
  ];
}

export type Grown = Pick<Series, 'points' | 'problems'>;

/** Measures each size in each round. The round before the first warms up caches and the compiler. */
export async function grow(
  sizes: number[],
  rounds: number,
  measure: (size: number, round: number) => Promise<{ point: Omit<Point, 'size'>; problems: string[] }>,
): Promise<Grown> {
  const points: Point[] = [];
  const problems: string[] = [];
  for (let round = -1; round < rounds; round++) {
    for (const size of round % 2 === 0 ? sizes : sizes.toReversed()) {
      const measured = await measure(size, round);
      problems.push(...measured.problems);
      if (round >= 0) points.push({ size, ...measured.point });
    }
  }
  return { points: medianPoints(points), problems: [...new Set(problems)] };
}
