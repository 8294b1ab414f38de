import type { Bed } from '../bed.ts';
import { CALIBRATION_REQUESTS, type Calibration, teach, warmPlain } from '../calibrators.ts';
import { clear, type Offer, offer } from '../catalogue.ts';
import { compare, metered, type Turn } from '../compare.ts';
import { countOf, runLoad } from '../load.ts';
import type { Pace } from '../pace.ts';
import { brokenAnswers, brokenPromises } from '../promises.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import type { Statements } from '../statements.ts';
import type { Rush } from './rushes.ts';

interface Options extends Pace {
  statements?: Statements | undefined;
  /** A service of another working tree, to take turns with. */
  beside?: Service | undefined;
}

/** One kind of purchase on the service, beside the calibrators. */
export async function runRush(
  bed: Bed,
  service: Service,
  rush: Rush,
  { statements, beside, ...pace }: Options,
): Promise<RowResult> {
  await teachRush(bed, service, rush);
  const expected = await warmUp(bed, rush, pace.seconds);
  const { name, title, least, latency, work } = rush;

  async function turn(on: Service, seconds: number): Promise<Turn> {
    await statements?.start();
    const run = await runOnService(bed, on, rush, expected, seconds);
    await statements?.write(name, countOf(run.result));
    const problems = [...run.problems, ...(await brokenPromises(on.pool))];
    await clear(on.pool);
    return { ...run, problems };
  }
  return await compare(
    bed,
    {
      ...{ name, title, least, latency, work },
      calibration: calibrationOf(rush),
      turn: (seconds) => turn(service, seconds),
      beside: beside && ((seconds) => turn(beside, seconds)),
    },
    pace,
  );
}

/** One rush on an event of its own. */
export async function runOnService(
  bed: Bed,
  service: Service,
  rush: Rush,
  expected: number,
  seconds: number,
): Promise<Turn & { eventId: string }> {
  const { pid, port, pool } = service;
  const requests = rush.requests ?? expected;
  const sale = await offer(pool, rush.offer(requests));
  const { path, users = requests, connections } = rush;
  const run = await metered(service, () =>
    runLoad(bed, {
      ...{ port, path, users, requests, seconds, parts: { service: pid, ...bed.parts } },
      ...(connections && { connections }),
      bodies: rush.bodies(sale),
    }),
  );
  const problems = [
    ...(await brokenAnswers(pool, sale.eventId, run.result)),
    ...rush.check(run.result, sale),
  ];
  return { ...run, problems, eventId: sale.eventId };
}

/** Plain and bare read no data: their event need not exist. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const nothing: Offer = {
  eventId: NOBODY,
  seatIds: Array.from({ length: 20 }, () => NOBODY),
  ticketTypeId: NOBODY,
};

function calibrationOf({ path, users = CALIBRATION_REQUESTS, connections, bodies }: Rush): Calibration {
  return { path, users, bodies: bodies(nothing), ...(connections && { connections }) };
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

/** Warms plain up. @returns the most requests that the service can answer in a run */
export function warmUp(bed: Bed, rush: Rush, seconds: number): Promise<number> {
  return warmPlain(bed, calibrationOf(rush), seconds);
}
