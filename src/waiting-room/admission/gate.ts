import type { FastifyBaseLogger } from 'fastify';
import { Problem } from '../../errors/problem.ts';
import { isUnavailable } from '../../errors/unavailable.ts';
import { BatchQueue } from '../../lib/batch-queue.ts';
import type { RedisHealth } from '../../plugins/redis/redis-health.ts';
import type { PlaceInLine } from '../../waiting-room/types.ts';
import type { Person, Visit, Visits } from '../contact/visits.ts';
import type { Tokens } from '../recovery/token-headers.ts';
import type { Outage } from '../recovery/without-redis.ts';

/** Why a user may not buy: they are outside, with the place that they have or would get; or Redis can't say where they are. */
type EntryRefusal =
  | { code: 'QUEUE_REQUIRED'; queue?: PlaceInLine }
  | { code: 'SERVICE_UNAVAILABLE'; queue?: undefined };

interface Asking extends Person {
  eventId: string;
}

/** Users who ask in one script, and users of an instance who wait for theirs. */
const AT_ONCE = 200;
const CAPACITY = 50_000;
/** Longer than the time limit of a command. */
const PATIENCE_MS = 5_000;

/** Decides who may buy. Where nobody waits, asking is entering. Users who ask while a script is under way share the next one. */
export function createEntry(
  visits: Visits,
  outage: Outage,
  health: Pick<RedisHealth, 'answers' | 'failed'>,
  log: FastifyBaseLogger,
) {
  /** Events that had no room for a user when this instance asked last, though their line may be empty. */
  const full = new Set<string>();
  const queue = new BatchQueue<Asking, EntryRefusal | undefined>(refusalsOf, {
    batchSize: AT_ONCE,
    capacity: CAPACITY,
    patienceMs: PATIENCE_MS,
  });

  async function refusalsOf(asking: Asking[]): Promise<(EntryRefusal | undefined)[]> {
    const refusals = new Map<Asking, EntryRefusal | undefined>();
    await Promise.all(
      [...Map.groupBy(asking, ({ eventId }) => eventId)].map(async ([eventId, people]) => {
        const found = await ofEvent(eventId, people);
        for (const [index, person] of people.entries()) refusals.set(person, found[index]);
      }),
    );
    return asking.map((person) => refusals.get(person));
  }

  async function ofEvent(eventId: string, people: Asking[]): Promise<(EntryRefusal | undefined)[]> {
    try {
      // A Redis that doesn't answer must not make every buyer wait for its time limit.
      if (!health.answers) throw new Error('Command timed out a moment ago');
      const found = await visits.all(eventId, 'enter', people);
      // Before the sale starts, the sale itself refuses, and says why.
      const mayGoOn = ({ room, standing }: Visit) => standing.state === 'inside' || room.phase === 'early';
      if (found.every(mayGoOn)) full.delete(eventId);
      else full.add(eventId);
      return found.map((visit) =>
        mayGoOn(visit) ? undefined : { code: 'QUEUE_REQUIRED', queue: toPlaceInLine(visit) },
      );
    } catch (error) {
      // The buyers of other events in this batch must not suffer for it.
      if (isUnavailable(error)) health.failed(error as Error);
      else log.error({ err: error, eventId }, 'Redis can not say who is inside');
      return people.map((person) =>
        outage.mayGoOn(eventId, person) ? undefined : { code: 'SERVICE_UNAVAILABLE' },
      );
    }
  }

  return {
    async require(eventId: string, userId: string, tokens?: Tokens): Promise<void> {
      const refusal = await queue.add({ eventId, userId, tokens });
      if (refusal) throw new Problem(refusal.code, { fields: { queue: refusal.queue } });
    },
    isFull: (eventId: string) => full.has(eventId),
  };
}

function toPlaceInLine({ room: { queueSize }, standing }: Visit): PlaceInLine {
  const { state, position, estimatedWait, estimatedWaitRange } = standing;
  const queued = state === 'waiting' || state === 'lobby';
  return { queued, position, queueSize, estimatedWait, estimatedWaitRange };
}
