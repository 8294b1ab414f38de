import { createAdapter } from '@socket.io/redis-streams-adapter';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import socketio from 'fastify-socket.io';
import type { ServerOptions } from 'socket.io';
import type { RedisSettings } from '../config/config.ts';
import type { AllowedOrigin } from '../config/origins.ts';
import { AdapterConnection } from './adapter-connection.ts';
import { Announcements, type RealtimeServer } from './announcements.ts';

declare module 'fastify' {
  interface FastifyInstance {
    io: RealtimeServer;
    announcements: Announcements;
  }
}

/**
 * Socket.IO on the service's own port, and across instances through a Redis stream. A client that was away joins its rooms again
 * and reads again: what it missed of seats and stock was told by its own instance, and is not kept.
 *
 * @param options.settings of the Redis that the instances share; without it this instance is the only one
 */
export default fp<{ settings: RedisSettings | undefined; prefix: string; origins: AllowedOrigin[] }>(
  async (app, { settings, prefix, origins }) => {
    const streamName = `${prefix}:socket.io`;
    const redis = settings && (await AdapterConnection.open(settings, streamName));

    const options: Partial<ServerOptions> & { preClose: (done: () => void) => void } = {
      cors: { origin: origins, credentials: true },
      maxHttpBufferSize: 16 * 1024,
      ...(redis && {
        adapter: createAdapter(redis, {
          streamName,
          channelPrefix: streamName,
          blockTimeInMs: 1_000,
        }),
      }),
      // The connection ends and not the session: a client that was told `io server disconnect` would stay away, this one
      // looks for another instance at once.
      preClose: (done) => {
        for (const socket of app.io.sockets.sockets.values()) socket.conn.close();
        done();
      },
    };
    // Published as CommonJS: what `import` gives is the module object, in spite of its types.
    const { default: plugin } = socketio as unknown as {
      default: FastifyPluginAsync<Partial<ServerOptions>>;
    };
    await app.register(plugin, options);

    // What is sent to a Redis that is late would arrive there when it is well again, as old news.
    const reachesOthers = () => (redis?.reachesOthers ?? false) && app.redisHealth.answers;
    app.metrics.degradedWhile('fan_out', () => redis !== undefined && !reachesOthers());
    const announcements = new Announcements(app.io, reachesOthers);
    announcements.onChanged(({ eventId }) => app.cache.forgetEvent(eventId));
    app.decorate('announcements', announcements);
    app.addHook('onClose', async () => {
      announcements.flush();
      await redis?.close();
    });
  },
  { name: 'realtime', dependencies: ['cache', 'redis'] },
);
