import type { FastifyBaseLogger } from 'fastify';
import { Problem } from '../../errors/problem.ts';
import { isUnavailable, UnavailableError } from '../../errors/unavailable.ts';
import type { RedisHealth } from '../../plugins/redis/redis-health.ts';
import type { Visits } from '../contact/visits.ts';
import type { WithoutRedis } from '../recovery/without-redis.ts';
import type { Person, PlaceInLine, Visit } from '../types.ts';

interface Buyer extends Person {
  eventId: string;
}

export type Gate = ReturnType<typeof createGate>;

/** Decides who may buy. If the line is empty, a user who asks enters. */
export function createGate(
  visits: Visits,
  withoutRedis: WithoutRedis,
  health: Pick<RedisHealth, 'answers' | 'failed'>,
  log: FastifyBaseLogger,
) {
  /** Events that had no room for a user when this instance asked last, though their line may be empty. */
  const full = new Set<string>();

  async function refusalsOfEvent(eventId: string, buyers: Person[]): Promise<(Problem | undefined)[]> {
    try {
      // A Redis that doesn't answer must not make every buyer wait for its time limit.
      if (!health.answers) throw new UnavailableError('Redis did not answer a moment ago');
      const found = await visits.all(eventId, 'enter', buyers);
      if (found.every(mayGoOn)) full.delete(eventId);
      else full.add(eventId);
      return found.map((visit) =>
        mayGoOn(visit)
          ? undefined
          : new Problem('QUEUE_REQUIRED', { fields: { queue: toPlaceInLine(visit) } }),
      );
    } catch (error) {
      if (isUnavailable(error)) health.failed(error as Error);
      else log.error({ err: error, eventId }, 'Redis can not say who is inside');
      return buyers.map((buyer) =>
        withoutRedis.mayGoOn(eventId, buyer) ? undefined : new Problem('SERVICE_UNAVAILABLE'),
      );
    }
  }

  return {
    /**
     * Asks for many buyers at once, in one script for each event.
     *
     * @returns why each buyer may not go on: QUEUE_REQUIRED, or SERVICE_UNAVAILABLE while Redis is away and the event had a line
     */
    async refusals(buyers: Buyer[]): Promise<(Problem | undefined)[]> {
      const refusals = new Map<Buyer, Problem | undefined>();
      await Promise.all(
        [...Map.groupBy(buyers, ({ eventId }) => eventId)].map(async ([eventId, some]) => {
          const found = await refusalsOfEvent(eventId, some);
          for (const [index, buyer] of some.entries()) refusals.set(buyer, found[index]);
        }),
      );
      return buyers.map((buyer) => refusals.get(buyer));
    },
    guards: (eventId: string) => withoutRedis.hasLine(eventId) || full.has(eventId),
  };
}

/** Before the sale starts, the sale itself refuses, and says why. */
function mayGoOn({ room, standing }: Visit): boolean {
  return standing.state === 'inside' || room.phase === 'early';
}

function toPlaceInLine({ room: { queueSize }, standing }: Visit): PlaceInLine {
  const { state, position, estimatedWait, estimatedWaitRange } = standing;
  const queued = state === 'waiting' || state === 'lobby';
  return { queued, position, queueSize, estimatedWait, estimatedWaitRange };
}
