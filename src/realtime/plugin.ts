import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import socketio from 'fastify-socket.io';
import type { ServerOptions } from 'socket.io';
import type { RedisSettings } from '../config.ts';
import { connectRedis } from '../plugins/redis.ts';
import { Announcements, type RealtimeServer } from './announcements.ts';

declare module 'fastify' {
  interface FastifyInstance {
    io: RealtimeServer;
    announcements: Announcements;
  }
}

const RECOVERY_MS = 2 * 60 * 1_000;

/**
 * Socket.IO on the service's own port, and across instances through a Redis stream, which also brings a client that was away
 * for a moment what it missed.
 *
 * @param options.settings of the Redis that the instances share; without it this instance is the only one
 */
export default fp<{ settings: RedisSettings | undefined; prefix: string; origins: string[] }>(
  async (app, { settings, prefix, origins }) => {
    // A connection of its own that waits for Redis instead of failing: the adapter asks again at once when a read fails,
    // without a pause. Not lazy: the adapter would not handle a first connect that fails.
    const redis = settings && connectRedis(settings, { lazyConnect: false, maxRetriesPerRequest: null });
    redis?.on('error', () => undefined); // the plugin "redis" tells of an outage

    const options: Partial<ServerOptions> = {
      cors: { origin: origins, credentials: true },
      maxHttpBufferSize: 16 * 1024,
      connectionStateRecovery: { maxDisconnectionDuration: RECOVERY_MS, skipMiddlewares: false },
      ...(redis && {
        adapter: createAdapter(redis, {
          streamName: `${prefix}:socket.io`,
          channelPrefix: `${prefix}:socket.io`,
          sessionKeyPrefix: `${prefix}:socket.io:session:`,
          blockTimeInMs: 1_000,
        }),
      }),
    };
    // Published as CommonJS: what `import` gives is the module object, in spite of its types.
    const { default: plugin } = socketio as unknown as { default: FastifyPluginAsync<Partial<ServerOptions>> };
    await app.register(plugin, options);

    const announcements = new Announcements(
      app.io,
      () => redis?.status === 'ready',
      (eventIds) => {
        for (const eventId of eventIds) app.cache.forgetEvent(eventId);
      },
    );
    app.decorate('announcements', announcements);
    app.addHook('onClose', async () => {
      announcements.flush();
      redis?.disconnect();
    });
  },
  { name: 'realtime', dependencies: ['cache', 'redis'] },
);
