import fp from 'fastify-plugin';
import type { QueueSettings } from '../config.ts';
import { isUnavailable, Problem } from '../errors.ts';
import { every } from '../every.ts';
import { eventOf } from '../realtime/rooms.ts';
import { createQueueCommands, type Standing, type State } from './commands.ts';

declare module 'fastify' {
  interface FastifyInstance {
    queue: Queue;
  }
}

export type EntryRefusal = 'QUEUE_REQUIRED' | 'SERVICE_UNAVAILABLE';

/** The waiting room of each event. Everything but the questions for entry fails while Redis is away. */
export interface Queue {
  readonly threshold: number;
  /** Enters, or takes a place in line, or finds the place. */
  check(eventId: string, userId: string): Promise<Standing>;
  status(eventId: string, userId: string): Promise<Standing>;
  /** Gives up the place, and lets the next one in at once. */
  leave(eventId: string, userId: string): Promise<void>;
  overview(eventId: string): Promise<{ queueSize: number; currentUsers: number }>;
  clear(eventId: string): Promise<void>;
  /**
   * Lets the user go on if he is inside, or can enter because nobody waits.
   *
   * @throws Problem QUEUE_REQUIRED, SERVICE_UNAVAILABLE while Redis is away and the event had a line when it was last seen
   */
  requireEntry(eventId: string, userId: string): Promise<void>;
  /**
   * The same for many at once, in one command an event.
   *
   * @returns those who can't go on: SERVICE_UNAVAILABLE as above
   */
  refusals<T extends { eventId: string; userId: string }>(asked: T[]): Promise<Map<T, EntryRefusal>>;
  /** Whether somebody may be refused: then nothing should be done for those who ask before it is known who that is. */
  guards(eventId: string): boolean;
  /** Counts as contact, and notes in which line a user stands, for when he comes back. */
  remember(eventId: string, userId: string): Promise<State>;
  /** The event in whose line the user was noted, if he still has a place there. */
  remembered(userId: string): Promise<{ eventId: string; state: State } | undefined>;
}

export default fp<{ settings: QueueSettings }>(
  async (app, { settings }) => {
    const { announcements, io, redis, redisHealth } = app;
    const commands = createQueueCommands(redis, app.redisPrefix, settings);
    const linesKey = `${app.redisPrefix}:lines`;
    const placeKey = (userId: string) => `${app.redisPrefix}:place:${userId}`;
    /** Events that had a line when this instance last saw them. */
    const hadLine = new Set<string>();
    /** Events where somebody was not let in when this instance asked last, though nobody may wait. */
    const full = new Set<string>();

    function saw(eventId: string, { queueSize }: { queueSize: number }): void {
      if (queueSize > 0) hadLine.add(eventId);
      else hadLine.delete(eventId);
    }

    /** Every instance moves every line that is noted here. Noted at each contact, so that a lost note heals itself. */
    async function note(eventId: string, standing: Standing): Promise<Standing> {
      saw(eventId, standing);
      if (standing.queueSize > 0) await redis.sadd(linesKey, eventId);
      return standing;
    }

    /** @returns whether the event needs another tick: somebody waits, or there is something to announce */
    async function advance(eventId: string): Promise<boolean> {
      const admission = await commands.admit(eventId);
      const { admitted, announce, queueSize, currentUsers } = admission;
      saw(eventId, admission);
      for (const userId of admitted) announcements.entryAllowed(eventId, userId);
      if (announce === 'now') {
        announcements.queueUpdated({ eventId, queueSize, currentUsers, threshold: settings.threshold });
      }
      return queueSize > 0 || announce === 'later';
    }

    async function tick(eventId: string): Promise<void> {
      if (await advance(eventId)) return;
      await redis.srem(linesKey, eventId);
      // Somebody may have come between the two commands: what is not over any more is noted again.
      if (await advance(eventId)) await redis.sadd(linesKey, eventId);
    }

    async function advanceAll(): Promise<void> {
      const lines = new Set(await redis.smembers(linesKey));
      for (const eventId of hadLine) if (!lines.has(eventId)) hadLine.delete(eventId);
      // All at once, and each for itself: one that fails keeps no other from moving.
      const ticks = await Promise.allSettled([...lines].map(tick));
      const failed = ticks.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    }

    /** A socket in the queue room is contact: who waits with the page open need not ask again and again. */
    async function touchConnected(): Promise<void> {
      for (const [room, sockets] of io.sockets.adapter.rooms) {
        const eventId = eventOf('queue', room);
        if (eventId === undefined) continue;
        const users = new Set(
          [...sockets].flatMap((id) => io.sockets.sockets.get(id)?.data.user.userId ?? []),
        );
        const list = [...users];
        for (let from = 0; from < list.length; from += 1_000) {
          const some = list.slice(from, from + 1_000);
          await commands.touch(eventId, some);
          // Who waits longer than a time to live must be found in line when he comes back.
          const places = redis.pipeline();
          for (const userId of some) places.expire(placeKey(userId), settings.ttlSeconds);
          await places.exec();
        }
      }
    }

    app.metrics.degradedWhile('entry', () => !redisHealth.answers);

    async function refusalsOf(eventId: string, userIds: string[]): Promise<(EntryRefusal | undefined)[]> {
      try {
        // A Redis that doesn't answer must not make every buyer wait for its time limit.
        if (!redisHealth.answers) throw new Error('Command timed out a moment ago');
        const entry = await commands.enter(eventId, userIds);
        saw(eventId, entry);
        if (entry.states.every((state) => state === 'inside')) full.delete(eventId);
        else full.add(eventId);
        return entry.states.map((state) => (state === 'inside' ? undefined : 'QUEUE_REQUIRED'));
      } catch (error) {
        // Whatever it is, nobody's sale of another event must suffer for it.
        if (isUnavailable(error)) redisHealth.failed(error as Error);
        else app.log.error({ err: error, eventId }, 'Redis can not say who is inside');
        return userIds.map(() => (hadLine.has(eventId) ? 'SERVICE_UNAVAILABLE' : undefined));
      }
    }

    const queue: Queue = {
      threshold: settings.threshold,
      check: async (eventId, userId) => note(eventId, await commands.check(eventId, userId)),
      status: async (eventId, userId) => note(eventId, await commands.status(eventId, userId)),
      async leave(eventId, userId) {
        const [hadPlace, noted] = await Promise.all([
          commands.leave(eventId, userId),
          redis.get(placeKey(userId)),
        ]);
        if (noted === eventId) await redis.del(placeKey(userId));
        // What is too early to announce is left to a tick.
        if (hadPlace && (await advance(eventId))) await redis.sadd(linesKey, eventId);
      },
      overview: (eventId) => commands.overview(eventId),
      async clear(eventId) {
        await commands.clear(eventId);
        hadLine.delete(eventId);
        announcements.queueCleared(eventId);
        announcements.queueUpdated({ eventId, queueSize: 0, currentUsers: 0, threshold: settings.threshold });
      },
      guards: (eventId) => hadLine.has(eventId) || full.has(eventId),
      async refusals(asked) {
        const refusals = new Map<(typeof asked)[number], EntryRefusal>();
        const byEvent = Map.groupBy(asked, ({ eventId }) => eventId);
        await Promise.all(
          [...byEvent].map(async ([eventId, some]) => {
            const found = await refusalsOf(
              eventId,
              some.map(({ userId }) => userId),
            );
            for (const [index, each] of some.entries()) {
              const refusal = found[index];
              if (refusal) refusals.set(each, refusal);
            }
          }),
        );
        return refusals;
      },
      async requireEntry(eventId, userId) {
        const [refusal] = await refusalsOf(eventId, [userId]);
        if (refusal) throw new Problem(refusal);
      },
      async remember(eventId, userId) {
        const { state } = await queue.status(eventId, userId);
        if (state === 'waiting') await redis.set(placeKey(userId), eventId, 'EX', settings.ttlSeconds);
        return state;
      },
      async remembered(userId) {
        const eventId = await redis.get(placeKey(userId));
        if (eventId === null) return undefined;
        const state = await queue.remember(eventId, userId);
        return state === 'outside' ? undefined : { eventId, state };
      },
    };

    const standStill = (error: Error) =>
      app.log.debug({ err: error }, 'the waiting rooms stand still until Redis is back');
    const stopAdvancing = every(settings.tickMs, advanceAll, standStill);
    const stopTouching = every(Math.max(50, (settings.ttlSeconds * 1_000) / 4), touchConnected, standStill);
    app.addHook('preClose', async () => {
      await Promise.all([stopAdvancing(), stopTouching()]);
    });
    app.decorate('queue', queue);
  },
  { name: 'queue', dependencies: ['redis', 'realtime'] },
);
