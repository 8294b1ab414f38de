import type { Bed } from './bed.ts';
import {
  type Against,
  type Calibration,
  calibratorSides,
  elsewhere,
  ratiosTo,
  warmUpSeconds,
} from './calibrators.ts';
import { inTurns } from './in-turns.ts';
import { costs, countOf } from './load.ts';
import { metersAnAnswer, readMeters } from './meters.ts';
import type { Pace } from './pace.ts';
import type { DirectLoad } from './processes/direct.ts';
import type { LoadResult } from './processes/generator.ts';
import { added, median, medians, mediansOf, type RowResult, ratio, type Target } from './result.ts';
import type { Service } from './service.ts';

/** What the service did in one turn. */
export interface Turn {
  result: LoadResult;
  /** The cost of one answer. */
  costs: Record<string, number>;
  problems: string[];
}

/** Work of the service that is compared with the calibrators. */
export interface Compared {
  name: string;
  title: string;
  /** What it is compared with, and the least ratio of the rates. */
  least: Against;
  /** The most that the median answer may take, as a multiple of direct's. */
  latency?: number | undefined;
  calibration: Calibration;
  /** The direct statement of the same work. */
  work?: DirectLoad['work'] | undefined;
  /** Does the work once. The same of a service of another working tree, if there is one. */
  turn(seconds: number): Promise<Turn>;
  beside?: ((seconds: number) => Promise<Turn>) | undefined;
}

/** Runs the calibrators and the service in turns, after all of them have warmed up. Plain is warm already. */
export async function compare(
  bed: Bed,
  compared: Compared,
  { seconds, rounds, against }: Pace,
): Promise<RowResult> {
  const { name, title, least, latency, beside } = compared;
  const results: LoadResult[] = [];
  const problems: string[] = [];
  const warm = warmUpSeconds(seconds);
  const cold = against.filter((calibrator) => calibrator !== 'plain');
  for (const side of calibratorSides(bed, compared, warm, cold)) await side();
  await compared.turn(warm);
  await beside?.(warm);

  const onService = async () => {
    const turn = await compared.turn(seconds);
    problems.push(...turn.problems);
    results.push(turn.result);
    return figuresOf(turn);
  };
  const onOther = async () => {
    const figures = Object.entries(figuresOf(await (beside as Compared['turn'])(seconds)));
    return Object.fromEntries(figures.map(([figure, value]) => [`beside ${figure}`, value]));
  };
  const sides = [
    ...calibratorSides(bed, compared, seconds, against),
    onService,
    ...(beside ? [onOther] : []),
  ];
  const figures = await inTurns(rounds, sides);
  const latencies = ratio(figures, ['p50', 'directP50'], latency, { of: 'p50 of direct', atMost: true });
  return {
    name,
    title,
    ...summary(results),
    cpu: { ...medians(results.map(({ cpu }) => cpu)), elsewhere: elsewhere(figures) },
    targets: [
      ...ratiosTo(least, against, figures),
      ...(latency !== undefined && against.includes('direct') ? [latencies] : []),
      ...(beside ? ratiosBeside(figures) : []),
    ],
    costs: mediansOf(figures),
    problems: [...new Set(problems)],
    rounds: figures,
  };
}

/** What a row says of the answers of all its rounds. */
export function summary(results: LoadResult[]): Pick<RowResult, 'rate' | 'p50' | 'p99' | 'answers'> {
  return {
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    answers: added(results.map(({ answers }) => answers)),
  };
}

function figuresOf({ result, costs: us }: Turn): Record<string, number> {
  const { rate, p50, p99, cpu } = result;
  return { service: rate, p50, p99, ...us, elsewhere: Math.round(cpu.elsewhere ?? 0) };
}

function ratiosBeside(figures: RowResult['rounds']): Target[] {
  const of = (figure: string, text: string) =>
    ratio(figures, [figure, `beside ${figure}`], undefined, { of: text });
  return [
    of('service', 'rate beside'),
    of('serviceUs', 'µs of Node.js beside'),
    of('postgresUs', 'µs of PostgreSQL beside'),
    of('redisUs', 'µs of Redis beside'),
  ];
}

/** Runs a load on the service, and says what one of its answers cost. */
export async function metered(
  service: Service,
  run: () => Promise<LoadResult>,
): Promise<Omit<Turn, 'problems'>> {
  const before = await readMeters(service);
  const result = await run();
  const meters = metersAnAnswer(before, await readMeters(service), countOf(result));
  // The calibrators idle meanwhile, and have turns of their own.
  const { serviceUs = 0, postgresUs = 0, redisUs = 0, generatorUs = 0 } = costs(result);
  return { result, costs: { serviceUs, postgresUs, redisUs, generatorUs, ...meters } };
}
