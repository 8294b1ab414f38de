import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { CALIBRATION_REQUESTS, teach, warmPlain } from '../calibrators.ts';
import { offer } from '../catalogue.ts';
import { compare, metered, type Turn } from '../compare.ts';
import { runLoad, unexpected } from '../load.ts';
import type { Bench } from '../pace.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { NO_EVENT } from './check.ts';
import { openLine } from './line.ts';
import { pathOf } from './room.ts';

const WAITING = 10_000;

/** Users who wait ask for their place, each request another one. */
export async function runStatus(
  bed: Bed,
  service: Service,
  { environment, ...pace }: Pick<Bench, 'seconds' | 'rounds' | 'against' | 'environment'>,
): Promise<RowResult> {
  const { method, url } = contract.getQueueStatus;
  const line = openLine(bed.redis, 'queue', environment);
  const { eventId } = await offer(service.pool, {});
  await line.fill(eventId, WAITING);

  async function turn(requests: number, seconds: number, sample?: number): Promise<Turn> {
    const run = await metered(service, () =>
      runLoad(bed, {
        ...{ port: service.port, method, path: pathOf({ url }, eventId), bodies: [] },
        ...{ users: WAITING, first: line.threshold, requests, seconds, field: 'position' },
        ...(sample && { sample }),
        parts: { service: service.pid, ...bed.parts },
      }),
    );
    const beyond = run.result.numbers.some((position) => position < 1 || position > WAITING);
    const problems = beyond ? ['a user was told a position beyond the line'] : [];
    return { ...run, problems: [...unexpected(run.result, ['200']), ...problems] };
  }

  const { result } = await turn(WAITING, 0.5, 200);
  if (!result.sample) throw new Error(`the service never answered 200: ${JSON.stringify(result.answers)}`);
  await teach(bed, { url, status: 200, body: result.sample });
  const calibration = { method, path: pathOf({ url }, NO_EVENT), bodies: [], users: CALIBRATION_REQUESTS };
  const requests = await warmPlain(bed, calibration, pace.seconds);
  const title = `status of ${WAITING.toLocaleString('en')} who wait`;
  const row = await compare(
    bed,
    { name: 'status', title, least: { plain: 0.6 }, calibration, turn: (seconds) => turn(requests, seconds) },
    { ...pace, against: pace.against.filter((calibrator) => calibrator === 'plain') },
  );
  line.close();
  return row;
}
