import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import socketio from 'fastify-socket.io';
import type { ServerOptions } from 'socket.io';
import type { AllowedOrigin } from '../config/origins.ts';
import type { RedisSettings } from '../config/servers.ts';
import { AdapterConnection } from './adapter-connection.ts';
import { Announcements } from './announcements.ts';
import { forgetHandshakes } from './forget-handshake.ts';
import { leaveInTurn } from './leave.ts';
import { dropSlowReaders } from './slow-readers.ts';
import { keepSessionsTogether } from './sticky-sessions.ts';
import type { RealtimeServer } from './types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    io: RealtimeServer;
    announcements: Announcements;
  }
}

/** A socket that doesn't read gets no packets for as long at most, while its transport fills up. */
const CHECKED_EVERY_MS = 1_000;

/**
 * Socket.IO on the service's own port, and across instances through a Redis stream. Missed changes of seats and stock are not
 * kept, so a client that reconnects joins its rooms and reads again.
 *
 * @param options.settings how to reach the Redis that all instances share; without it this instance is the only one
 */
export default fp<{ settings: RedisSettings | undefined; prefix: string; origins: AllowedOrigin[] }>(
  async (app, { settings, prefix, origins }) => {
    const streamName = `${prefix}:socket.io`;
    const redis = settings && (await AdapterConnection.open(settings, streamName));

    const options: Partial<ServerOptions> & { preClose: (done: () => void) => void } = {
      cors: { origin: origins, credentials: true },
      maxHttpBufferSize: 16 * 1024,
      // The other upgrades are those of the live streams.
      destroyUpgrade: false,
      ...(redis && {
        adapter: createAdapter(redis, {
          streamName,
          channelPrefix: channelsOf(streamName, settings),
          blockTimeInMs: 1_000,
        }),
      }),
      preClose: (done) => void leaveInTurn(app.io).then(done),
    };
    // Published as CommonJS, so `import` gives the module object, whatever its types say.
    const { default: plugin } = socketio as unknown as {
      default: FastifyPluginAsync<Partial<ServerOptions>>;
    };
    await app.register(plugin, options);
    keepSessionsTogether(app.io, app.peers);
    forgetHandshakes(app.io);
    const checkSlowReaders = dropSlowReaders(app.io);
    const checking = setInterval(checkSlowReaders, CHECKED_EVERY_MS);

    app.redisHealth.onReconnect(() => redis?.connectAnew());

    // A late Redis would deliver messages when it recovers, as old news.
    const reachesOthers = () => (redis?.reachesOthers ?? false) && app.redisHealth.answers;
    // Meanwhile announcements reach this instance's own subscribers only, or those of others don't reach them.
    app.metrics.degradedWhile(
      'fan_out',
      () => redis !== undefined && !(reachesOthers() && redis.hearsOthers),
    );
    const whileLate = () => (app.redisHealth.isLate ? app.redisHealth.check() : undefined);
    const announcements = new Announcements(app.io, reachesOthers, whileLate, app.log);
    if (redis) redis.onHearing = () => announcements.hearing();
    announcements.onChanged(({ eventId }) => app.answers.cache.forgetEvent(eventId));
    app.decorate('announcements', announcements);
    app.addHook('onClose', async () => {
      clearInterval(checking);
      await redis?.close();
    });
  },
  { name: 'realtime', dependencies: ['answers', 'peers', 'redis'] },
);

/** All databases of one Redis share its channels. */
function channelsOf(streamName: string, { database }: Pick<RedisSettings, 'database'>): string {
  return database === 0 ? streamName : `${streamName}:${database}`;
}
