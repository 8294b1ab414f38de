import fp from 'fastify-plugin';
import { messages } from '../lib/messages.ts';
import { languageOf, type UserSocket } from '../realtime/client-events.ts';
import { joinRoom, queueRoom } from '../realtime/socket-rooms.ts';

/** The line of an event: its sockets hear how it moves, and each user hears when they may enter. */
export default fp(
  async (app) => {
    const { announcements, io, queue } = app;

    app.handleClientEvents({
      'join-queue': async (socket, { eventId, pass, ticket }) => {
        await app.requireEvent(eventId);
        await joinRoom(socket, queueRoom(eventId));
        const shown = { ...(pass !== undefined && { pass }), ...(ticket !== undefined && { ticket }) };
        const { state } = await queue.contact(eventId, socket.data.user.userId, shown);
        // The user may have been admitted while the connection was away.
        if (state === 'inside') allowEntry(socket, eventId);
      },
      'leave-queue': async (socket, { eventId }) => {
        await socket.leave(queueRoom(eventId));
      },
    });

    io.on('connection', (socket: UserSocket) => {
      restore(socket).catch((error: Error) =>
        app.log.debug({ err: error, userId: socket.data.user.userId }, 'queue session not restored'),
      );
    });

    /** Restores queue updates for a user who reconnects while waiting. */
    async function restore(socket: UserSocket): Promise<void> {
      for (const { eventId, called } of await queue.placesOf(socket.data.user.userId)) {
        if (!socket.connected) return;
        await socket.join(queueRoom(eventId));
        // Straight to this socket: `socket.emit` would wait for Redis.
        io.local.to(socket.id).emit('session-restored', { queueEventId: eventId });
        if (called) allowEntry(socket, eventId);
      }
    }

    function allowEntry(socket: UserSocket, eventId: string): void {
      const message = messages.entryAllowed[languageOf(socket)];
      announcements.entryAllowedTo(socket.id, eventId, socket.data.user.userId, message);
    }
  },
  { name: 'queue-sockets', dependencies: ['client-events', 'known-events', 'queue'] },
);
