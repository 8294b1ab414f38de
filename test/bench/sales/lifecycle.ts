import type pg from 'pg';
import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { type Against, CALIBRATION_REQUESTS, teach, warmPlain } from '../calibrators.ts';
import { clear, offer, PRICE } from '../catalogue.ts';
import { compare, metered, type Turn } from '../compare.ts';
import { countOf, runLoad, unexpected } from '../load.ts';
import type { Pace } from '../pace.ts';
import { userIdOf } from '../people.ts';
import { brokenPromises } from '../promises.ts';
import type { RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { writeHolds } from './holds.ts';

/** What is asked for each of many holds, once. */
interface Step {
  title: string;
  url: string;
  role?: 'service';
  body(n: number): object;
  /** Finds the reservations for which it was done. */
  done: string;
}

const LEAST: Against = { plain: 0.3, bare: undefined };
/** No hold ends before its turn. */
const HOLD_MS = 7_200_000;
const SAMPLES = 200;
const NO_RESERVATION = '00000000-0000-4000-8000-000000000000';

export const steps: Record<string, Step> = {
  confirm: {
    title: 'confirming holds',
    url: contract.confirmReservation.url,
    role: 'service',
    body: (n) => ({ paymentId: `payment-${n}`, paymentMethod: 'card', amount: PRICE }),
    done: "status = 'confirmed'",
  },
  cancel: {
    title: 'cancelling holds',
    url: contract.cancelReservation.url,
    body: () => ({}),
    done: "status = 'cancelled'",
  },
  extend: {
    title: 'extending holds',
    url: contract.extendReservation.url,
    body: () => ({}),
    done: 'extended_at IS NOT NULL',
  },
};

/** One step in the life of many holds, each of another user, and nothing else. */
export async function runStep(
  bed: Bed,
  service: Service,
  name: string,
  { beside, ...pace }: Pace & { beside?: Service | undefined },
): Promise<RowResult> {
  const { url, role, title, body, done } = steps[name] as Step;
  const as = { ...(role && { role }) };
  const pathOf = (id: string) => url.replace(':id', id);

  async function turn(on: Service, holds: number, seconds: number, sample?: number): Promise<Turn> {
    const { pool, port, pid } = on;
    const { eventId, seatIds } = await offer(pool, { seats: holds });
    const ids = await writeHolds(pool, seatIds, Date.now() + HOLD_MS, userIdOf);
    const run = await metered(on, () =>
      runLoad(bed, {
        ...{
          port,
          path: url,
          paths: ids.map(pathOf),
          ...as,
          users: role ? 1 : holds,
          requests: holds,
          seconds,
        },
        ...{ bodies: ids.map((_, n) => body(n)), parts: { service: pid, ...bed.parts } },
        ...(sample && { sample }),
      }),
    );
    const problems = [
      ...unexpected(run.result, ['200']),
      ...(await brokenPromises(pool, eventId)),
      ...(await brokenSteps(pool, eventId, done, countOf(run.result))),
    ];
    await clear(pool);
    return { ...run, problems };
  }

  const { result } = await turn(service, SAMPLES, 0.5, 200);
  const { sample, answers } = result;
  if (!sample) throw new Error(`the service never answered 200 to ${url}: ${JSON.stringify(answers)}`);
  await teach(bed, { url, status: 200, body: sample });
  const users = role ? 1 : CALIBRATION_REQUESTS;
  const calibration = { path: pathOf(NO_RESERVATION), ...as, users, bodies: [body(0)] };
  const holds = await warmPlain(bed, calibration, pace.seconds);
  return await compare(
    bed,
    {
      ...{ name, title, least: LEAST, calibration },
      turn: (seconds) => turn(service, holds, seconds),
      beside: beside && ((seconds) => turn(beside, holds, seconds)),
    },
    pace,
  );
}

async function brokenSteps(pool: pg.Pool, eventId: string, done: string, answers: number): Promise<string[]> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::integer FROM reservations WHERE event_id = $1 AND ${done}`,
    [eventId],
  );
  const count = rows[0]?.count;
  return count === answers ? [] : [`${answers} answers 200, but it was done for ${count} reservations`];
}
