import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Problem } from '../../errors/problem.ts';
import { isUnavailable } from '../../errors/unavailable.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import type { RedisHealth } from '../../plugins/redis/redis-health.ts';
import type { Visits } from '../contact/visits.ts';
import type { WithoutRedis } from '../recovery/without-redis.ts';
import type { Person, PlaceInLine, Tokens, Visit } from '../types.ts';

/** Why a user may not buy: they are outside, with the place that they have or would get; or Redis can't say where they are. */
type Refusal =
  | { code: 'QUEUE_REQUIRED'; queue: PlaceInLine }
  | { code: 'SERVICE_UNAVAILABLE'; queue?: undefined };

/** Users who ask in one script, and users of one event who wait for theirs. */
const AT_ONCE = 200;
const CAPACITY = 50_000;
/** Longer than the time limit of a command. */
const PATIENCE_MS = 5_000;
const EVENTS = 10_000;

export type Gate = ReturnType<typeof createGate>;

/**
 * Decides who may buy. Where nobody waits, asking is entering. Users of one event who ask while a script is under way share the next
 * one; an event whose answer takes long keeps no other waiting.
 */
export function createGate(
  visits: Visits,
  withoutRedis: WithoutRedis,
  health: Pick<RedisHealth, 'answers' | 'failed'>,
  log: FastifyBaseLogger,
) {
  /** Events that had no room for a user when this instance asked last, though their line may be empty. */
  const full = new Set<string>();
  const queues = new LRUCache<string, BatchQueue<Person, Refusal | undefined>>({ max: EVENTS });

  function queueOf(eventId: string): BatchQueue<Person, Refusal | undefined> {
    const known = queues.get(eventId);
    if (known) return known;
    const queue = new BatchQueue<Person, Refusal | undefined>((buyers) => refusalsOf(eventId, buyers), {
      batchSize: AT_ONCE,
      capacity: CAPACITY,
      patienceMs: PATIENCE_MS,
      // All in one turn, so that users who entered together go together into the next batch of their sale.
      answersATurn: AT_ONCE,
    });
    queues.set(eventId, queue);
    return queue;
  }

  async function refusalsOf(eventId: string, buyers: Person[]): Promise<(Refusal | undefined)[]> {
    try {
      // A Redis that doesn't answer must not make every buyer wait for its time limit.
      if (!health.answers) throw new Error('Command timed out a moment ago');
      const found = await visits.all(eventId, 'enter', buyers);
      if (found.every(mayGoOn)) full.delete(eventId);
      else full.add(eventId);
      return found.map((visit) =>
        mayGoOn(visit) ? undefined : { code: 'QUEUE_REQUIRED', queue: toPlaceInLine(visit) },
      );
    } catch (error) {
      if (isUnavailable(error)) health.failed(error as Error);
      else log.error({ err: error, eventId }, 'Redis can not say who is inside');
      return buyers.map((buyer) =>
        withoutRedis.mayGoOn(eventId, buyer) ? undefined : { code: 'SERVICE_UNAVAILABLE' },
      );
    }
  }

  return {
    async requireEntry(eventId: string, userId: string, tokens?: Tokens): Promise<void> {
      const refusal = await queueOf(eventId).add({ userId, tokens });
      if (refusal) throw new Problem(refusal.code, { fields: { queue: refusal.queue } });
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
