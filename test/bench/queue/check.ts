import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { clear, offer } from '../catalogue.ts';
import { type Asked, costs, countOf, runLoad, unexpected, WARM_SECONDS } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { administrator, pathOf, type Room } from './room.ts';

/** Prepares more requests than a run needs, in proportion to the bare route's rate. */
const HEADROOM = 1.25;
const WARM_UP_SECONDS = 3;
const WARM_UP_REQUESTS = 60_000;
const SAMPLE_REQUESTS = 2_000;
/** For the bare route, which reads no data: its event need not exist. */
const NO_EVENT = '00000000-0000-4000-8000-000000000000';

/** Every request is the first one of another user, so nearly all of them take a place in line. */
export async function runCheck(
  bed: Bed,
  service: Service,
  { seconds, rounds, note }: Pace & { note(line: string): void },
): Promise<RowResult> {
  const admin = administrator(service, bed.secret);
  const onBare = (requests: number): Omit<Asked, 'seconds'> => ({
    ...{ port: bed.bare.port, path: pathOf(contract.checkQueue, NO_EVENT), bodies: [] },
    ...{ users: requests, requests, parts: { bare: bed.bare.pid } },
  });

  async function onService(requests: number, load: Pick<Asked, 'seconds' | 'sample'>) {
    const { eventId } = await offer(service.pool, {});
    const result = await runLoad(bed, {
      ...{
        port: service.port,
        path: pathOf(contract.checkQueue, eventId),
        bodies: [],
        users: requests,
        requests,
      },
      ...{ field: 'position', parts: { service: service.pid, ...bed.parts }, ...load },
    });
    const room = await admin.see(eventId);
    await admin.clear(eventId);
    await clear(service.pool);
    return { result, room };
  }

  const { result } = await onService(SAMPLE_REQUESTS, { seconds: 0.5, sample: 200 });
  if (!result.sample?.includes('"queued":true')) throw new Error(`no user had to wait: ${result.sample}`);
  await bed.bare.call('answer', { path: contract.checkQueue.url, status: 200, body: result.sample });
  const warm = await runLoad(bed, { ...onBare(WARM_UP_REQUESTS), seconds: WARM_UP_SECONDS });
  const requests = Math.ceil(warm.rate * HEADROOM * (seconds + WARM_SECONDS));
  // V8 needs tens of thousands of requests to compile the code that they run through.
  await onService(requests, { seconds });

  const results: LoadResult[] = [];
  const figures: { service: number; bare: number; [figure: string]: number }[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await runLoad(bed, { ...onBare(requests), seconds });
    const { result, room } = await onService(requests, { seconds });
    problems.push(...unexpected(result, ['200']), ...brokenLine(result, room));
    results.push(result);
    figures.push({
      service: result.rate,
      bare: bare.rate,
      bareP99: bare.p99,
      inside: room.currentUsers,
      waiting: room.queueSize,
      ...costs(result),
      bareUs: costs(bare).bareUs ?? 0,
      elsewhereBare: bare.cpu.elsewhere ?? 0,
    });
    note(`  ${room.currentUsers} inside, ${room.queueSize.toLocaleString('en')} waiting`);
  }
  return {
    name: 'check',
    title: 'check by distinct users',
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [
      {
        of: 'bare',
        value: median(figures.map((figure) => figure.service / figure.bare)),
        target: 0.7,
        reference: median(figures.map(({ bare }) => bare)),
      },
    ],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

/** No user leaves and none is let in from the line, so each has a place of their own, and all are counted. */
function brokenLine(result: LoadResult, { currentUsers, queueSize, threshold }: Room): string[] {
  const asked = countOf(result);
  const positions = result.numbers.filter((position) => position > 0);
  const last = positions.reduce((most, position) => Math.max(most, position), 0);
  const broken: string[] = [];
  if (currentUsers > threshold) broken.push(`${currentUsers} inside, ${threshold} allowed`);
  // A request whose connection broke may have been counted.
  if (result.answers['0']) return broken;
  if (currentUsers + queueSize !== asked)
    broken.push(`${asked} arrivals, but ${currentUsers} inside and ${queueSize} waiting`);
  if (new Set(positions).size < positions.length) broken.push('two users at one position');
  if (positions.length !== queueSize || last !== queueSize)
    broken.push(`${queueSize} wait, but ${positions.length} were told a position, the last one ${last}`);
  return broken;
}
