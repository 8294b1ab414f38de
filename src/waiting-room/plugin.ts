import fp from 'fastify-plugin';
import type { QueueSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import { every } from '../lib/repeat.ts';
import { createEntry } from './admission/gate.ts';
import { createLines } from './admission/ticker.ts';
import { createPlaces, type Place } from './contact/place-answer.ts';
import { createPresence } from './contact/socket-keepalive.ts';
import { createVisits } from './contact/visits.ts';
import { Lottery } from './lottery/lottery.ts';
import { PlaceMemory } from './recovery/place-memory.ts';
import placeTokens from './recovery/place-tokens.ts';
import type { Tokens } from './recovery/token-headers.ts';
import { createOutage } from './recovery/without-redis.ts';
import { createQueueCommands, type Mode, type Standing } from './redis/commands.ts';
import { type RoomPatch, RoomSettingsStore } from './settings/room-settings.ts';
import { createQueueMetrics } from './stats/metrics.ts';
import { type Overview, toOverview } from './stats/overview.ts';

declare module 'fastify' {
  interface FastifyInstance {
    queue: Queue;
    queueLottery: Pick<Lottery, 'describe' | 'order'>;
  }
}

export type { Overview, Place };

/** The waiting room of each event. */
export interface Queue {
  /** Enters, or takes a place in line, or finds the place. While Redis is away: see `without-redis.ts`. */
  check(eventId: string, userId: string, tokens?: Tokens): Promise<Place>;
  status(eventId: string, userId: string, tokens?: Tokens): Promise<Place>;
  heartbeat(eventId: string, userId: string, tokens?: Tokens): Promise<Place>;
  /** Gives up the place, and lets the next one in at once. */
  leave(eventId: string, userId: string, tokens?: Tokens): Promise<void>;
  /** The same, but a place in line stays. */
  leaveInside(eventId: string, userId: string): Promise<void>;
  /** Whether a reservation that is confirmed or cancelled gives up the place inside. */
  freesPlaceWhen(how: 'confirmed' | 'cancelled'): boolean;
  overview(eventId: string): Promise<Overview>;
  /** @throws Problem LOBBY_TOO_LATE */
  change(eventId: string, patch: RoomPatch): Promise<void>;
  clear(eventId: string): Promise<void>;
  /**
   * Lets a user go on who is inside, or can enter because nobody waits. Users who ask at the same time share a round trip to Redis.
   *
   * @throws Problem QUEUE_REQUIRED, SERVICE_UNAVAILABLE while Redis is away and the event had a line when it was last seen
   */
  requireEntry(eventId: string, userId: string, tokens?: Tokens): Promise<void>;
  /** Whether some users may be refused: then do nothing for a user before `requireEntry` has let them go on. */
  guards(eventId: string): boolean;
  /** Contact of a socket in the queue room. `called`: it is his turn, and he hasn't used it yet. */
  contact(eventId: string, userId: string, tokens?: Tokens): Promise<Pick<Standing, 'state' | 'called'>>;
  /** The events in whose lines a user has a place, or a turn that he hasn't used. */
  placesOf(userId: string): Promise<{ eventId: string; called: boolean }[]>;
}

/** Sockets that wait are in contact at least so often, and hear so soon of a turn that they missed. */
const CONTACT_MS = 15_000;

export default fp<{ settings: QueueSettings; secret: string }>(
  async (app, { settings, secret }) => {
    const { announcements, io, redis, redisHealth, redisPrefix: prefix, db, log } = app;
    await app.register(placeTokens, { secret });
    const tokens = app.placeTokens;
    const store = new RoomSettingsStore(db, settings, log);
    await store.start();
    const metrics = createQueueMetrics(app.metrics);
    const roomOf = (eventId: string) => store.of(eventId);
    const lastSeen = (eventId: string) => store.lastSeen(eventId);
    const insideTtl = settings.insideTtlSeconds * 1_000;
    const waitingTtl = settings.waitingTtlSeconds * 1_000;

    const commands = createQueueCommands(redis, prefix, {
      awayMs: () => redisHealth.awayMs,
      settings,
      roomOf,
      lastSeen,
      saw(eventId, room) {
        outage.saw(eventId, room);
        presence.saw(eventId, room);
        if (room.reformed) metrics.reformed();
        // Also a line that came back by what its people showed, or had here.
        if (room.queueSize > 0) lines.follow(eventId).catch(standStill);
      },
    });
    const memory = new PlaceMemory();
    const outage = createOutage(tokens, memory, roomOf, lastSeen, insideTtl);
    const places = createPlaces(tokens, outage, roomOf, settings);
    announcements.onLeft((eventId, userId, at) => memory.forget(eventId, userId, at));
    const lottery = new Lottery(db, commands);
    store.onChange((eventId) => lottery.forget(eventId));
    const standStill = (error: Error) =>
      log.debug({ err: error }, 'the waiting rooms stand still until Redis is back');
    const lines = createLines({
      redis,
      prefix,
      commands,
      store,
      metrics,
      announcements,
      log,
      drawIfDue: async (eventId) => roomOf(eventId).startsAt !== undefined && lottery.drawIfDue(eventId),
    });
    const visits = createVisits({
      commands,
      tokens,
      memory,
      metrics,
      roomOf,
      drawnPlaceOf: (eventId, userId) => lottery.placeOf(eventId, userId),
    });
    const presence = createPresence(io, visits, announcements, standStill);
    const entry = createEntry(visits, outage, redisHealth, log);
    app.metrics.degradedWhile('entry', () => !redisHealth.answers);

    async function visit(eventId: string, mode: Mode, userId: string, shown: Tokens): Promise<Place> {
      try {
        if (!redisHealth.answers) throw new Error('Command timed out a moment ago');
        const found = await visits.one(eventId, mode, { userId, tokens: shown });
        return places.of(eventId, userId, found);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        redisHealth.failed(error as Error);
        const place = places.withoutRedis(eventId, userId, shown);
        if (!place) throw new Problem('SERVICE_UNAVAILABLE', { cause: error });
        return place;
      }
    }

    async function giveUp(
      eventId: string,
      userId: string,
      shown: Tokens = {},
      onlyInside = false,
    ): Promise<void> {
      const pass = outage.passOf(eventId, { userId, tokens: shown });
      const { room, had } = await commands.leave(
        eventId,
        { userId, claim: pass && `P${pass.at}` },
        onlyInside,
      );
      if (had === 'nothing' && onlyInside) return;
      // All instances: what he was given before must not bring him back through any of them.
      announcements.left(eventId, userId, room.now);
      if (had === 'nothing') return;
      if (had === 'waiting') metrics.abandoned(1);
      await fill(eventId);
    }

    /** Room that was just made. */
    async function fill(eventId: string): Promise<void> {
      const { announce } = await lines.advance(eventId);
      // What is too early to announce is left to a tick.
      if (announce === 'later') await lines.follow(eventId);
    }

    const queue: Queue = {
      check: (eventId, userId, shown = {}) => visit(eventId, 'check', userId, shown),
      status: (eventId, userId, shown = {}) => visit(eventId, 'status', userId, shown),
      heartbeat: (eventId, userId, shown = {}) => visit(eventId, 'status', userId, shown),
      leave: (eventId, userId, shown) => giveUp(eventId, userId, shown),
      leaveInside: (eventId, userId) => giveUp(eventId, userId, {}, true),
      freesPlaceWhen: (how) => settings.freePlaceOn === how || settings.freePlaceOn === 'both',
      async overview(eventId) {
        const found = await commands.overview(eventId);
        return toOverview(found, roomOf(eventId));
      },
      async change(eventId, patch) {
        await store.change(eventId, patch);
        await fill(eventId).catch(standStill);
      },
      async clear(eventId) {
        // First what holds on all instances and survives Redis: a clear that is refused has cleared nothing.
        await store.noteCleared(eventId, (await commands.overview(eventId)).room.now);
        const { room } = await commands.clear(eventId);
        await store.noteCleared(eventId, room.now);
        announcements.queueCleared(eventId);
        lines.announceLine(eventId, room);
      },
      guards(eventId) {
        return outage.hasLine(eventId) || entry.isFull(eventId);
      },
      requireEntry: entry.require,
      async contact(eventId, userId, shown) {
        return (await visits.one(eventId, 'status', { userId, tokens: shown })).standing;
      },
      async placesOf(userId) {
        const events = [...(await lines.all())];
        // What Redis can't say of one event keeps nobody from another.
        const found = await Promise.allSettled(
          events.map((eventId) => visits.one(eventId, 'status', { userId })),
        );
        return events.flatMap((eventId, index) => {
          const answer = found[index] as (typeof found)[number];
          if (answer.status === 'rejected') return [];
          const { state, called } = answer.value.standing;
          return state === 'waiting' || state === 'lobby' || called ? [{ eventId, called }] : [];
        });
      },
    };

    const contactMs = Math.max(50, Math.min(insideTtl / 4, waitingTtl / 4, CONTACT_MS));
    const stopTicking = every(settings.tickMs, lines.tickAll, standStill);
    const stopTouching = every(contactMs, presence.touchAll, standStill);
    app.addHook('preClose', async () => {
      await Promise.all([stopTicking(), stopTouching(), store.stop()]);
    });
    app.decorate('queue', queue);
    app.decorate('queueLottery', lottery);
  },
  { name: 'queue', dependencies: ['redis', 'realtime', 'database', 'auth'] },
);
