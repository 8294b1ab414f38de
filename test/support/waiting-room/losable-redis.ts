import { expect } from 'vitest';
import { type Service, startService } from '../service.ts';
import { inTurn, type Person, queueOf } from './queue-client.ts';

/** How many people fit inside an event. */
export const THRESHOLD = 3;

/** Two instances on a Redis that a test may lose. A lost line forms again within a second. */
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

/** A full event with people in line, who joined one after the other on both instances. */
export async function withLine(service: Service, waiting: number, keeps = true) {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const queue = queueOf(service, eventId);
  const inside = queue.people(THRESHOLD, { keeps });
  const line = queue.people(waiting, { keeps });
  await inTurn(inside, async (person, index) =>
    expect((await person.check(index)).body).toMatchObject({ queued: false }),
  );
  const sequences = await inTurn(line, async (person, index) => (await person.check(index)).body.sequence);
  // Each instance has heard of all of them, in whichever order it hears of the loss.
  const [first] = inside as [Person, ...Person[]];
  await inTurn(service.apps, (_app, index) => first.status(index));
  return { eventId, seatIds, queue, inside, line, sequences: sequences as number[] };
}

/** Counts the people inside again and again. @returns stops counting, and returns the highest count */
export function watch({ app, redis }: Service, eventId: string) {
  const key = `${app.redisPrefix}:{${eventId}}:inside`;
  let most = 0;
  let over = false;
  const watching = (async () => {
    for (; !over; ) most = Math.max(most, await redis.client.zcard(key));
  })();
  // For a test that fails before it stops the count.
  watching.catch(() => undefined);
  return async () => {
    over = true;
    await watching;
    return most;
  };
}
