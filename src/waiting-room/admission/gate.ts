import type { FastifyBaseLogger } from 'fastify';
import { isUnavailable } from '../../errors/unavailable.ts';
import type { RedisHealth } from '../../plugins/redis/redis-health.ts';
import type { PlaceInLine } from '../../waiting-room/types.ts';
import type { Person, Visit, Visits } from '../contact/visits.ts';
import type { Outage } from '../recovery/without-redis.ts';

/** Why somebody can't go on: he isn't inside, with the place that he has or would get; or nobody knows whether he is. */
export type EntryRefusal =
  | { code: 'QUEUE_REQUIRED'; queue?: PlaceInLine }
  | { code: 'SERVICE_UNAVAILABLE'; queue?: undefined };

export interface Asking extends Person {
  eventId: string;
}

/**
 * Who may buy. Where nobody waits, asking is entering.
 *
 * @returns those who can't go on
 */
export function createEntry(
  visits: Visits,
  outage: Outage,
  health: Pick<RedisHealth, 'answers' | 'failed'>,
  log: FastifyBaseLogger,
) {
  /** Events where somebody was not let in when this instance asked last, though nobody may wait. */
  const full = new Set<string>();

  async function ofEvent(eventId: string, people: Asking[]): Promise<(EntryRefusal | undefined)[]> {
    try {
      // A Redis that doesn't answer must not make every buyer wait for its time limit.
      if (!health.answers) throw new Error('Command timed out a moment ago');
      const found = await visits.all(eventId, 'enter', people);
      // So early the sale itself refuses, and says why.
      const mayGoOn = ({ room, standing }: Visit) => standing.state === 'inside' || room.phase === 'early';
      if (found.every(mayGoOn)) full.delete(eventId);
      else full.add(eventId);
      return found.map((visit) =>
        mayGoOn(visit) ? undefined : { code: 'QUEUE_REQUIRED', queue: toPlaceInLine(visit) },
      );
    } catch (error) {
      // Whatever it is, nobody's sale of another event must suffer for it.
      if (isUnavailable(error)) health.failed(error as Error);
      else log.error({ err: error, eventId }, 'Redis can not say who is inside');
      return people.map((person) =>
        outage.mayGoOn(eventId, person) ? undefined : { code: 'SERVICE_UNAVAILABLE' },
      );
    }
  }

  return {
    async refusals<T extends Asking>(asking: T[]): Promise<Map<T, EntryRefusal>> {
      const refusals = new Map<T, EntryRefusal>();
      await Promise.all(
        [...Map.groupBy(asking, ({ eventId }) => eventId)].map(async ([eventId, some]) => {
          const found = await ofEvent(eventId, some);
          for (const [index, each] of some.entries()) {
            const refusal = found[index];
            if (refusal) refusals.set(each, refusal);
          }
        }),
      );
      return refusals;
    },
    isFull: (eventId: string) => full.has(eventId),
  };
}

function toPlaceInLine({ room: { queueSize }, standing }: Visit): PlaceInLine {
  const { state, position, estimatedWait, estimatedWaitRange } = standing;
  const queued = state === 'waiting' || state === 'lobby';
  return { queued, position, queueSize, estimatedWait, estimatedWaitRange };
}
