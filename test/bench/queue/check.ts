import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { CALIBRATION_REQUESTS, teach, warmPlain } from '../calibrators.ts';
import { clear, offer } from '../catalogue.ts';
import { compare, metered, type Turn } from '../compare.ts';
import { countOf, runLoad, unexpected } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { LoadResult } from '../processes/generator.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { administrator, pathOf, type Room } from './room.ts';

const SAMPLE_REQUESTS = 2_000;
/** Plain and bare read no data: their event need not exist. */
export const NO_EVENT = '00000000-0000-4000-8000-000000000000';

/** Every request is the first one of another user, so nearly all of them take a place in line. */
export async function runCheck(
  bed: Bed,
  service: Service,
  { note, ...pace }: Pace & { note(line: string): void },
): Promise<RowResult> {
  const admin = administrator(service, bed.secret);

  async function turn(requests: number, seconds: number, sample?: number): Promise<Turn> {
    const { eventId } = await offer(service.pool, {});
    const run = await metered(service, () =>
      runLoad(bed, {
        ...{ port: service.port, path: pathOf(contract.checkQueue, eventId), bodies: [] },
        ...{ users: requests, requests, seconds, field: 'position' },
        ...(sample && { sample }),
        parts: { service: service.pid, ...bed.parts },
      }),
    );
    const room = await admin.see(eventId);
    await admin.clear(eventId);
    await clear(service.pool);
    note(`  ${room.currentUsers} inside, ${room.queueSize.toLocaleString('en')} waiting`);
    return { ...run, problems: [...unexpected(run.result, ['200']), ...brokenLine(run.result, room)] };
  }

  const { result } = await turn(SAMPLE_REQUESTS, 0.5, 200);
  if (!result.sample?.includes('"queued":true')) throw new Error(`no user had to wait: ${result.sample}`);
  await teach(bed, { url: contract.checkQueue.url, status: 200, body: result.sample });
  const calibration = {
    ...{ path: pathOf(contract.checkQueue, NO_EVENT), bodies: [], users: CALIBRATION_REQUESTS },
  };
  const requests = await warmPlain(bed, calibration, pace.seconds);
  return await compare(
    bed,
    {
      ...{ name: 'check', title: 'check by distinct users', least: { plain: 0.6, bare: 0.7 }, calibration },
      turn: (seconds) => turn(requests, seconds),
    },
    pace,
  );
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
