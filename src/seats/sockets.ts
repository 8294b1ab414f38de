import fp from 'fastify-plugin';
import { Problem } from '../errors/problem.ts';
import { joinRoom, seatsRoom } from '../realtime/socket-rooms.ts';

/** The seat map of an event: its sockets hear of seats that are held, sold and released, and of what others are choosing. */
export default fp(
  async (app) => {
    app.handleClientEvents({
      'join-seat-selection': async (socket, { eventId }) => {
        await app.requireEvent(eventId);
        await joinRoom(socket, seatsRoom(eventId));
      },
      'leave-seat-selection': async (socket, { eventId }) => {
        await socket.leave(seatsRoom(eventId));
      },
      'seat-selection-changed': (socket, { eventId, seats }) => {
        if (!socket.rooms.has(seatsRoom(eventId))) throw new Problem('FORBIDDEN');
        app.announcements.seatUpdate(socket.id, { eventId, userId: socket.data.user.userId, seats });
      },
    });
  },
  { name: 'seat-sockets', dependencies: ['client-events', 'known-events'] },
);
