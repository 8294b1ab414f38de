import fp from 'fastify-plugin';
import type { QueueSettings } from '../config/config.ts';
import { every } from '../lib/repeat.ts';
import { createGate } from './admission/gate.ts';
import { createTicker } from './admission/ticker.ts';
import { createPlaceFinder } from './contact/find-places.ts';
import { createPlaceAnswers } from './contact/place-answer.ts';
import { createSocketKeepalive } from './contact/socket-keepalive.ts';
import { createVisits } from './contact/visits.ts';
import { Lottery } from './lottery/lottery.ts';
import { PlaceMemory } from './recovery/place-memory.ts';
import placeTokens from './recovery/place-tokens.ts';
import { RoomNews } from './recovery/room-news.ts';
import { RoomSnapshots } from './recovery/room-snapshots.ts';
import { createWithoutRedis } from './recovery/without-redis.ts';
import { createCommands } from './redis/commands.ts';
import { RoomSettingsStore } from './settings/room-settings.ts';
import { createQueueMetrics } from './stats/metrics.ts';
import { WaitingRoom } from './waiting-room.ts';

declare module 'fastify' {
  interface FastifyInstance {
    queue: WaitingRoom;
    queueLottery: Pick<Lottery, 'describe' | 'order'>;
  }
}

/** Sockets that wait are in contact at least this often, and hear of a missed admission within this time. */
const CONTACT_MS = 15_000;

/** Builds the waiting room from its parts. */
export default fp<{ config: QueueSettings; secret: string }>(
  async (app, { config, secret }) => {
    const { announcements, io, redis, redisHealth, redisPrefix: prefix, db, log } = app;
    const onStandstill = (error: Error) =>
      log.debug({ err: error }, 'the waiting rooms stand still until Redis is back');

    const settings = new RoomSettingsStore(db, config, log);
    const settingsOf = (eventId: string) => settings.of(eventId);
    const snapshots = new RoomSnapshots(db, log);
    const snapshotOf = (eventId: string) => snapshots.of(eventId);
    // Both before anything is repeated: an instance that can't start must leave no timer behind.
    await settings.load();
    await snapshots.load();

    const metrics = createQueueMetrics(app.metrics);

    const awayMs = () => redisHealth.awayMs;
    const commands = createCommands(redis, prefix, { config, settingsOf, snapshotOf, awayMs });

    const news = new RoomNews(commands, announcements);

    await app.register(placeTokens, { secret });
    const tokens = app.placeTokens;
    const memory = new PlaceMemory();
    announcements.onLeft((eventId, userId, at) => memory.forget(eventId, userId, at));
    const withoutRedis = createWithoutRedis(tokens, memory, settingsOf, snapshotOf, config);

    const lottery = new Lottery(db, commands);
    settings.onChange((eventId) => lottery.forget(eventId));
    const drawnPlaceOf = (eventId: string, userId: string) => lottery.placeOf(eventId, userId);

    const visits = createVisits({
      commands,
      tokens,
      memory,
      withoutRedis,
      settingsOf,
      drawnPlaceOf,
    });
    const keepalive = createSocketKeepalive(io, visits, announcements, onStandstill);
    const answers = createPlaceAnswers(tokens, withoutRedis, settingsOf, config);
    const gate = createGate(visits, withoutRedis, redisHealth, log);
    // Meanwhile this instance lets buyers go on by what it knew last.
    app.metrics.degradedWhile('entry', () => !redisHealth.answers || redisHealth.isLate);
    const ticker = createTicker({
      redis,
      prefix,
      commands,
      settings,
      snapshots,
      lottery,
      metrics,
      announcements,
      log,
    });

    // Everything that wants to know the state of a room, whichever command returned it.
    commands.onRoomState((eventId, room) => {
      withoutRedis.note(eventId, room);
      keepalive.touchAfterLoss(eventId, room);
      metrics.noteRoom(room);
      news.note(eventId);
      if (room.queueSize > 0) ticker.follow(eventId).catch(onStandstill);
    });

    // An event may set no shorter time to live than four times CONTACT_MS.
    const shortestTtl = Math.min(config.insideTtlSeconds, config.waitingTtlSeconds) * 1_000;
    const contactMs = Math.max(50, Math.min(shortestTtl / 4, CONTACT_MS));
    settings.start();
    snapshots.start();
    const stopTicking = every(config.tickMs, ticker.tick, onStandstill);
    // A late Redis may lose what is told.
    const exchangeNews = async () => {
      if (!redisHealth.isLate) await news.exchange();
    };
    const stopNews = every(config.tickMs, exchangeNews, onStandstill);
    const stopTouching = every(contactMs, keepalive.touchAll, onStandstill);
    // While others were not heard, users may have been let in whose sockets are here.
    announcements.onHearing(() => void keepalive.touchAll().catch(onStandstill));
    app.atClose(() =>
      Promise.all([stopTicking(), stopNews(), stopTouching(), settings.stop(), snapshots.stop()]),
    );
    // The last requests are answered, and the others can still be told.
    app.addHook('onClose', async () => {
      while (news.tell());
    });

    app.decorate(
      'queue',
      new WaitingRoom({
        config,
        settings,
        commands,
        visits,
        answers,
        gate,
        ticker,
        findPlaces: createPlaceFinder(redis, prefix, ticker, memory),
        redisHealth,
        announcements,
        onStandstill,
      }),
    );
    app.decorate('queueLottery', lottery);
  },
  { name: 'queue', dependencies: ['background', 'redis', 'realtime', 'database', 'auth'] },
);
