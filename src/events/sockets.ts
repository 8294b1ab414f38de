import fp from 'fastify-plugin';
import { Audience } from '../realtime/audience.ts';
import type { UserSocket } from '../realtime/client-events.ts';
import { eventOf, eventRoom, joinRoom } from '../realtime/socket-rooms.ts';

/** The page of an event: its sockets hear of ticket stock, and of how many they are. */
export default fp(
  async (app) => {
    const audience = new Audience(app.io, app.announcements, app.redis, app.redisPrefix, app.log);
    app.addHook('preClose', () => audience.close());

    app.handleClientEvents({
      'join-event': async (socket, { eventId }) => {
        await app.requireEvent(eventId);
        await joinRoom(socket, eventRoom(eventId));
        audience.changed(eventId);
      },
      'leave-event': async (socket, { eventId }) => {
        if (!socket.rooms.has(eventRoom(eventId))) return;
        await socket.leave(eventRoom(eventId));
        audience.changed(eventId);
      },
    });

    app.io.on('connection', (socket: UserSocket) => {
      // Its rooms are known until it has disconnected; the audience is counted a moment later.
      socket.on('disconnecting', () => {
        for (const room of socket.rooms) {
          const eventId = eventOf('event', room);
          if (eventId !== undefined) audience.changed(eventId);
        }
      });
    });
  },
  { name: 'event-sockets', dependencies: ['client-events', 'known-events', 'redis'] },
);
