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

/** Why a buyer may not go on, if so. A promise if only Redis can say, and is late. */
export type EntryRefusal = Problem | undefined | Promise<Problem | undefined>;

export type Gate = ReturnType<typeof createGate>;

/**
 * Decides who may buy. If the line is empty, a user who asks enters.
 *
 * Sales don't wait for a Redis that is late. Buyers go on if this instance knows that they are inside, and newcomers if it knows of room
 * for them. Redis is asked all the same, so that they enter. Everyone else waits for its answer.
 */
export function createGate(
  visits: Visits,
  withoutRedis: WithoutRedis,
  health: Pick<RedisHealth, 'answers' | 'failed' | 'inTime'>,
  log: FastifyBaseLogger,
) {
  /** Events that had no room for a user when this instance asked last, though their line may be empty. */
  const full = new Set<string>();
  /** How many newcomers of each event went on before Redis answered. */
  const unconfirmed = new Map<string, number>();

  async function ask(eventId: string, buyers: Person[]): Promise<(Problem | undefined)[]> {
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

  async function refusalsOfEvent(eventId: string, buyers: Person[]): Promise<EntryRefusal[]> {
    if (!health.answers) return await ask(eventId, buyers);
    const asked = ask(eventId, buyers);
    const found = await health.inTime(asked);
    if (found) return found;
    const before = unconfirmed.get(eventId) ?? 0;
    const refusals = buyers.map((buyer, index) =>
      mayGoOnMeanwhile(eventId, buyer) ? undefined : asked.then((answers) => answers[index]),
    );
    const newcomers = (unconfirmed.get(eventId) ?? 0) - before;
    void asked.then(() => settle(eventId, newcomers));
    return refusals;
  }

  function mayGoOnMeanwhile(eventId: string, buyer: Person): boolean {
    if (withoutRedis.isInside(eventId, buyer)) return true;
    const newcomers = unconfirmed.get(eventId) ?? 0;
    // Half of the room: other instances may let newcomers go on as well.
    if (full.has(eventId) || newcomers >= Math.floor(withoutRedis.roomLeft(eventId) / 2)) return false;
    unconfirmed.set(eventId, newcomers + 1);
    return true;
  }

  function settle(eventId: string, newcomers: number): void {
    const left = (unconfirmed.get(eventId) ?? 0) - newcomers;
    if (left > 0) unconfirmed.set(eventId, left);
    else unconfirmed.delete(eventId);
  }

  return {
    /**
     * Asks for many buyers at once, in one script for each event.
     *
     * @returns why each buyer may not go on: QUEUE_REQUIRED, or SERVICE_UNAVAILABLE while Redis is away and the event had a line
     */
    async refusals(buyers: Buyer[]): Promise<EntryRefusal[]> {
      const refusals = new Map<Buyer, EntryRefusal>();
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
