import { Cluster } from 'ioredis';
import type { RedisClient } from '../../lib/redis-client.ts';
import { packUuid } from '../../lib/uuid.ts';
import type { Ticker } from '../admission/ticker.ts';
import type { PlaceMemory } from '../recovery/place-memory.ts';
import { roomKey } from '../redis/commands.ts';

/** The sets that a user with a place to restore is in. */
const SETS = ['waiting', 'called', 'lobby'] as const;

/**
 * Finds the events in which a user may wait, or may enter and has not yet. One round trip, however many lines there are: when an
 * instance ends, all its users reconnect at once.
 */
export function createPlaceFinder(
  redis: RedisClient,
  prefix: string,
  ticker: Pick<Ticker, 'lines' | 'linesKey'>,
  memory: PlaceMemory,
) {
  return async (userId: string): Promise<string[]> => {
    // A copy: a tick may add lines meanwhile.
    const known = new Set(ticker.lines);
    const [noted, found] = await look([...known], userId);
    const unknown = noted.filter((eventId) => !known.has(eventId));
    const [, others] = unknown.length > 0 ? await look(unknown, userId) : [[], []];
    return [...found, ...others];
  };

  /** @returns the events that all instances have noted, and those of the given events in which the user may have a place */
  async function look(eventIds: string[], userId: string): Promise<[string[], string[]]> {
    const user = packUuid(userId);
    // A pipeline goes to one node, and in a cluster each event may be on another one.
    const parts = redis instanceof Cluster ? [[], ...eventIds.map((eventId) => [eventId])] : [eventIds];
    const results = await Promise.all(
      parts.map((part, index) => {
        const pipeline = redis.pipeline();
        if (index === 0) pipeline.smembers(ticker.linesKey);
        for (const eventId of part)
          for (const set of SETS) pipeline.zscore(roomKey(prefix, eventId, set), user);
        return pipeline.exec();
      }),
    );
    const [noted, ...scores] = results.flatMap((part) => part ?? []);
    if (noted?.[0]) throw noted[0];
    // A set that is broken must not hide the other events.
    const isIn = (index: number) => scores[index]?.[0] === null && scores[index]?.[1] !== null;
    const found = eventIds.filter(
      (eventId, index) =>
        // After a loss only this instance may remember the place.
        memory.has(eventId, userId) || SETS.some((_, offset) => isIn(index * SETS.length + offset)),
    );
    return [(noted?.[1] ?? []) as string[], found];
  }
}
