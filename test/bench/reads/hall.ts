import * as contract from '../../../src/contract/routes.ts';
import { type Offer, offer } from '../catalogue.ts';
import { runLoad, unexpected, WARM_SECONDS } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import { freeSeats } from '../sales/rushes.ts';
import type { Stage } from './compare.ts';
import { LARGE_HALL } from './rows.ts';

const READERS = 32;
/** More sales a second than the service makes beside its readers. */
const SALES_PER_SECOND = 5_000;

interface Run {
  result: LoadResult;
  reads: number;
  problems: string[];
}

/**
 * Sells the seats of a large hall while readers load its reference map without pause, and while they load the map of another hall in
 * which nothing changes, in turns.
 */
export async function runHall(stage: Stage, quiet: Offer, { seconds, rounds }: Pace): Promise<RowResult> {
  const { bed, service, reader } = stage;

  async function sell(elsewhere: boolean): Promise<Run> {
    const sale = await offer(service.pool, { seats: LARGE_HALL });
    const { eventId } = elsewhere ? quiet : sale;
    const reading = reader.call('read', {
      ...{ port: service.port, paths: [contract.getSeatMap.url.replace(':eventId', eventId)] },
      ...{
        headers: [],
        connections: READERS,
        warmSeconds: 0,
        seconds: undefined,
        parts: {},
        pid: service.pid,
      },
    });
    const requests = Math.min(LARGE_HALL, SALES_PER_SECOND * (seconds + WARM_SECONDS));
    const result = await runLoad(bed, {
      ...{ port: service.port, path: freeSeats.path, users: requests, requests, seconds },
      bodies: freeSeats.bodies(sale),
      parts: { service: service.pid, ...bed.parts, reader: reader.pid },
    });
    await reader.call('stop', undefined);
    const { answers, rate } = await reading;
    const refused = Object.entries(answers).filter(([status]) => status !== '200');
    return {
      ...{ result, reads: rate },
      problems: [
        ...unexpected(result, ['201']),
        ...freeSeats.check(result, sale),
        ...refused.map(([status, count]) => `${count} answers ${status} to readers`),
      ],
    };
  }

  await sell(true);
  await sell(false);
  const runs: Run[] = [];
  const figures: { quiet: number; own: number; [figure: string]: number }[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const besideQuiet = await sell(true);
    const besideOwn = await sell(false);
    problems.push(...besideQuiet.problems, ...besideOwn.problems);
    runs.push(besideOwn);
    figures.push({
      ...{ quiet: besideQuiet.result.rate, own: besideOwn.result.rate },
      ...{ quietReads: besideQuiet.reads, ownReads: besideOwn.reads },
      ...{ quietP99: besideQuiet.result.p99, ownP99: besideOwn.result.p99 },
    });
  }
  return {
    name: 'hall',
    title: `selling ${LARGE_HALL.toLocaleString('en')} seats while ${READERS} read their map`,
    rate: median(runs.map(({ result }) => result.rate)),
    p50: median(runs.map(({ result }) => result.p50)),
    p99: median(runs.map(({ result }) => result.p99)),
    cpu: medians(runs.map(({ result }) => result.cpu)),
    targets: [
      {
        of: 'readers on a quiet hall',
        value: median(figures.map(({ quiet, own }) => own / quiet)),
        target: 0.85,
        reference: median(figures.map(({ quiet }) => quiet)),
      },
      { of: 'maps a second', value: median(runs.map(({ reads }) => reads)) },
    ],
    problems: [...new Set(problems)],
    answers: added(runs.map(({ result }) => result.answers)),
    rounds: figures,
  };
}
