import fp from 'fastify-plugin';
import { joinQueueRoom, leaveQueueRoom } from '../realtime/socket-rooms.ts';
import type { UserSocket } from '../realtime/types.ts';

/** The line of an event: its sockets hear how it moves, and each user hears when they may enter. */
export default fp(
  async (app) => {
    const { announcements, io, queue } = app;

    app.handleClientEvents({
      'join-queue': async (socket, { eventId, pass, ticket }) => {
        await app.requireEvent(eventId);
        const shown = { ...(pass !== undefined && { pass }), ...(ticket !== undefined && { ticket }) };
        // Before the room is joined: a join that fails leaves no trace. No news of the line passes in between.
        const { state } = await queue.contact(eventId, socket.data.user.userId, shown);
        await joinQueueRoom(socket, eventId);
        // The user may have been admitted while the connection was away.
        if (state === 'inside') announcements.entryAllowedTo(socket, eventId);
      },
      'leave-queue': async (socket, { eventId }) => {
        await leaveQueueRoom(socket, eventId);
      },
    });

    io.on('connection', (socket) => {
      restore(socket).catch((error: Error) =>
        app.log.debug({ err: error, userId: socket.data.user.userId }, 'queue session not restored'),
      );
    });

    /** Restores queue updates for a user who reconnects while waiting. */
    async function restore(socket: UserSocket): Promise<void> {
      for (const { eventId, called } of await queue.placesOf(socket.data.user.userId)) {
        if (!socket.connected) return;
        await joinQueueRoom(socket, eventId);
        socket.emit('session-restored', {
          eventId,
          queueEventId: eventId,
          seatEventId: null,
          selectedSeats: [],
        });
        if (called) announcements.entryAllowedTo(socket, eventId);
      }
    }
  },
  { name: 'queue-sockets', dependencies: ['client-events', 'known-events', 'queue'] },
);
