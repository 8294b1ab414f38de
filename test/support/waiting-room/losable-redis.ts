import { expect } from 'vitest';
import { type Service, startService } from '../service.ts';
import { inTurn, queueOf } from './queue-client.ts';

/** People inside an event. */
export const THRESHOLD = 3;

/** Two instances with a Redis that may be lost, where a line forms again within a second. */
export function startLossy(env: Record<string, string> = {}): Promise<Service> {
  return startService({
    instances: 2,
    ownRedis: true,
    env: {
      QUEUE_THRESHOLD: String(THRESHOLD),
      QUEUE_TICK_MS: '100',
      QUEUE_REFORM_SECONDS: '1',
      ...env,
    },
  });
}

export const flush = ({ redis }: Service) => redis.client.flushall();

/** An event that is full, with people in line who came one after the other, on both instances. */
export async function withLine(service: Service, waiting: number, keeps = true) {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const queue = queueOf(service, eventId);
  const inside = queue.people(THRESHOLD, { keeps });
  const line = queue.people(waiting, { keeps });
  await inTurn(inside, async (person, index) =>
    expect((await person.check(index)).body).toMatchObject({ queued: false }),
  );
  const sequences = await inTurn(line, async (person, index) => (await person.check(index)).body.sequence);
  return { eventId, seatIds, queue, inside, line, sequences: sequences as number[] };
}

/** Looks again and again how many are inside, until it is told to stop. */
export function watch({ app, redis }: Service, eventId: string) {
  const key = `${app.redisPrefix}:{${eventId}}:inside`;
  let most = 0;
  let over = false;
  const watching = (async () => {
    for (; !over; ) most = Math.max(most, await redis.client.zcard(key));
  })();
  // Where a test ends before it asked.
  watching.catch(() => undefined);
  return async () => {
    over = true;
    await watching;
    return most;
  };
}
