import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import { costs, runLoad, unexpected, WARM_SECONDS } from '../load.ts';
import type { Bench } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import { added, median, medians, type RowResult, type Target } from '../result.ts';
import type { Service } from '../service.ts';
import { openLine } from './line.ts';
import { administrator, pathOf } from './room.ts';

const LONG = 1_000_000;
const SHORT = 1_000;
/** More requests than the service answers a second. */
const REQUESTS_PER_SECOND = 15_000;

const works = {
  check: { method: undefined, route: contract.checkQueue },
  status: { method: 'GET', route: contract.getQueueStatus },
} as const;
type Work = keyof typeof works;

/**
 * Waiting users poll in a long line and in a short one, in turns. In the long line every request is another user's, from all over the
 * line. In the short one all users poll.
 */
export async function runMillion(
  bed: Bed,
  service: Service,
  { seconds, rounds, environment }: Pick<Bench, 'seconds' | 'rounds' | 'environment'>,
): Promise<RowResult> {
  const line = openLine(bed.redis, 'queue', environment);
  const admin = administrator(service, bed.secret);
  const requests = Math.ceil(REQUESTS_PER_SECOND * (seconds + WARM_SECONDS));

  async function lineOf(waiting: number): Promise<string> {
    const { eventId } = await offer(service.pool, {});
    await line.fill(eventId, waiting);
    return eventId;
  }
  const short = await lineOf(SHORT);
  const long = await lineOf(LONG);

  function ask(work: Work, eventId: string, waiting: number): Promise<LoadResult> {
    const { method, route } = works[work];
    const users = Math.min(requests, waiting);
    return runLoad(bed, {
      ...{ port: service.port, path: pathOf(route, eventId), bodies: [], requests, seconds },
      ...{ users, first: line.threshold, stride: Math.floor(waiting / users) },
      ...{ field: 'position', parts: { service: service.pid, ...bed.parts } },
      ...(method && { method }),
    });
  }

  const results: LoadResult[] = [];
  const figures: Record<string, number>[] = [];
  const problems: string[] = [];
  // The first round warms up the caches and the compiler.
  for (let round = -1; round < rounds; round++) {
    const figure: Record<string, number> = {};
    for (const work of Object.keys(works) as Work[]) {
      const inShort = await ask(work, short, SHORT);
      const inLong = await ask(work, long, LONG);
      problems.push(...unexpected(inShort, ['200']), ...unexpected(inLong, ['200']));
      if (inLong.numbers.some((position) => position < 1 || position > LONG))
        problems.push('a user was told a position beyond the line');
      figure[`${work}Short`] = inShort.rate;
      figure[`${work}Long`] = inLong.rate;
      figure[`${work}ShortRedisUs`] = costs(inShort).redisUs ?? 0;
      figure[`${work}LongRedisUs`] = costs(inLong).redisUs ?? 0;
      if (round >= 0) results.push(inLong);
    }
    if (round >= 0) figures.push(figure);
  }
  for (const [eventId, waiting] of [
    [short, SHORT],
    [long, LONG],
  ] as const) {
    const { queueSize } = await admin.see(eventId);
    if (queueSize !== waiting) problems.push(`${queueSize} wait, but ${waiting} should`);
    await admin.clear(eventId);
  }
  line.close();

  const against = (work: Work): Target => ({
    of: `${work}, ${SHORT.toLocaleString('en')} waiting`,
    value: median(figures.map((figure) => (figure[`${work}Long`] ?? 0) / (figure[`${work}Short`] ?? 0))),
    target: 0.9,
    reference: median(figures.map((figure) => figure[`${work}Short`] ?? 0)),
  });
  return {
    name: 'million',
    title: `check and status, ${LONG.toLocaleString('en')} waiting`,
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [against('check'), against('status')],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}
