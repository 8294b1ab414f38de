import type { Bed } from '../bed.ts';
import { clear, type Offer, offer } from '../catalogue.ts';
import { costs, countOf, runLoad, WARM_SECONDS } from '../load.ts';
import { metersAnAnswer, readMeters } from '../meters.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { brokenAnswers, brokenPromises } from '../promises.ts';
import { added, median, medians, mediansOf, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import type { Statements } from '../statements.ts';
import { type Calibration, calibratorSides, elsewhere, ratiosTo, teach } from './calibrators.ts';
import { inTurns } from './in-turns.ts';
import type { Rush } from './rushes.ts';

/** Prepares more requests than a run needs, in proportion to plain's rate. The service reaches two thirds of it at most. */
const HEADROOM = 1.25;
const REACHED = 0.66;

/** V8 needs tens of thousands of requests to compile the code that they run through. */
const WARM_UP_SECONDS = 3;

/** Runs the calibrators and the service in turns. */
export async function runRush(
  bed: Bed,
  service: Service,
  rush: Rush,
  { seconds, rounds, against, statements }: Pace & { statements?: Statements | undefined },
): Promise<RowResult> {
  await teachRush(bed, service, rush);
  const expected = await warmUp(bed, rush, seconds);
  await runOnService(bed, service, rush, expected, Math.min(seconds, WARM_UP_SECONDS));
  await clear(service.pool);

  const results: LoadResult[] = [];
  const problems: string[] = [];
  const onService = async () => {
    await statements?.start();
    const run = await runOnService(bed, service, rush, expected, seconds);
    await statements?.write(rush.name, countOf(run.result));
    problems.push(...run.problems, ...(await brokenPromises(service.pool)));
    await clear(service.pool);
    results.push(run.result);
    const other = Math.round(run.result.cpu.elsewhere ?? 0);
    return { service: run.result.rate, p50: run.result.p50, ...run.costs, elsewhere: other };
  };
  const calibration = calibrationOf(rush, Math.ceil(expected / REACHED));
  const sides = calibratorSides(bed, { calibration, seconds, work: rush.work }, against);
  const figures = await inTurns(rounds, [...sides, onService]);
  return {
    name: rush.name,
    title: rush.title,
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: { ...medians(results.map(({ cpu }) => cpu)), elsewhere: elsewhere(figures) },
    targets: ratiosTo(rush.least, against, figures),
    costs: mediansOf(figures),
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

interface ServiceRun {
  result: LoadResult;
  problems: string[];
  eventId: string;
  /** Of one answer. */
  costs: Record<string, number>;
}

/** One rush on an event of its own. */
export async function runOnService(
  bed: Bed,
  service: Service,
  rush: Rush,
  expected: number,
  seconds: number,
): Promise<ServiceRun> {
  const { pid, port, pool } = service;
  const requests = rush.requests ?? expected;
  const sale = await offer(pool, rush.offer(requests));
  const { path, users = requests, connections } = rush;
  const before = await readMeters(service);
  const result = await runLoad(bed, {
    ...{ port, path, users, requests, seconds, parts: { service: pid, ...bed.parts } },
    ...(connections && { connections }),
    bodies: rush.bodies(sale),
  });
  const meters = metersAnAnswer(before, await readMeters(service), countOf(result));
  const problems = [...(await brokenAnswers(pool, sale.eventId, result)), ...rush.check(result, sale)];
  return { result, problems, eventId: sale.eventId, costs: { ...ofService(costs(result)), ...meters } };
}

/** The calibrators idle meanwhile, and what they cost is measured in turns of their own. */
function ofService({ serviceUs = 0, postgresUs = 0, redisUs = 0, generatorUs = 0 }: Record<string, number>) {
  return { serviceUs, postgresUs, redisUs, generatorUs };
}

/** Plain and bare read no data: their event need not exist. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const nothing: Offer = {
  eventId: NOBODY,
  seatIds: Array.from({ length: 20 }, () => NOBODY),
  ticketTypeId: NOBODY,
};

function calibrationOf({ path, users, connections, bodies }: Rush, requests: number): Calibration {
  return {
    ...{ path, users: users ?? requests, requests, bodies: bodies(nothing) },
    ...(connections && { connections }),
  };
}

/** Makes an answer of the service, with the status that the row is about, the answer of plain and bare. */
async function teachRush(bed: Bed, service: Service, rush: Rush): Promise<void> {
  const { path, status } = rush;
  const requests = 2_000;
  const sale = await offer(service.pool, rush.offer(requests));
  const { sample, answers } = await runLoad(bed, {
    ...{ port: service.port, path, users: rush.users ?? requests, requests, seconds: 0.5, parts: {} },
    bodies: rush.bodies(sale),
    sample: status,
  });
  if (!sample) throw new Error(`the service never answered ${status} to ${path}: ${JSON.stringify(answers)}`);
  await teach(bed, { url: path, status, body: sample });
  await clear(service.pool);
}

/** @returns the most requests that the service can answer in a run, from the rate of plain while it warms up */
export async function warmUp(bed: Bed, rush: Rush, seconds: number): Promise<number> {
  const load = { ...calibrationOf(rush, 60_000), seconds: Math.min(seconds, WARM_UP_SECONDS), parts: {} };
  await runLoad(bed, { ...load, port: bed.bare.port });
  const { rate } = await runLoad(bed, { ...load, port: bed.plain.port });
  return Math.ceil(rate * HEADROOM * REACHED * (seconds + WARM_SECONDS));
}
