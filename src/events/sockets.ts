import fp from 'fastify-plugin';
import { Audience } from '../realtime/audience.ts';
import { eventRoom, joinRoom } from '../realtime/socket-rooms.ts';

/** The page of an event: its sockets hear of ticket stock, and of how many they are. */
export default fp(
  async (app) => {
    const audience = new Audience(app.io, app.announcements, app.redis, app.redisPrefix, app.log);
    app.addHook('preClose', () => audience.close());

    app.handleClientEvents({
      'join-event': async (socket, { eventId }) => {
        await app.requireEvent(eventId);
        await joinRoom(socket, eventRoom(eventId));
      },
      'leave-event': async (socket, { eventId }) => {
        await socket.leave(eventRoom(eventId));
      },
    });
  },
  { name: 'event-sockets', dependencies: ['client-events', 'known-events', 'redis'] },
);
