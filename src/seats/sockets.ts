import fp from 'fastify-plugin';
import { Problem } from '../errors/problem.ts';
import { BatchQueue } from '../lib/batch-queue.ts';
import { RoomWatches } from '../live/room-watches.ts';
import { seatBatchRoom, seatsRoom } from '../realtime/socket-rooms.ts';
import type { UserSocket } from '../realtime/types.ts';
import { heldSeatsOf } from './queries.ts';
import { SeatPackets } from './seat-packets.ts';

/** The seat map of an event: its sockets hear of seats that are held, sold and released, and of what others are choosing. */
export default fp(
  async (app) => {
    /** Users who connect at the same time share a query: when an instance ends, all its users reconnect at once. */
    const holds = new BatchQueue((userIds: string[]) => heldSeatsOf(app.db, userIds), {
      name: 'held seats',
      batchSize: 500,
      capacity: 50_000,
      patienceMs: 5_000,
    });

    const packets = new SeatPackets(app.io, app.live);
    const watches = new RoomWatches(app.io, app.live);

    app.handleClientEvents({
      'join-seat-selection': async (socket, { eventId, batch = false }) => {
        await app.requireEvent(eventId);
        const [room, other] = [seatsRoom(eventId), seatBatchRoom(eventId)];
        if (batch) {
          const event = await watches.join(socket, other, eventId);
          await socket.leave(room);
          return { version: event.version, layout: event.layout.number };
        }
        const event = await watches.joinAnyway(socket, room, eventId);
        await socket.leave(other);
        if (event) packets.joined(event);
      },
      'leave-seat-selection': async (socket, { eventId }) => {
        await socket.leave(seatsRoom(eventId));
        await socket.leave(seatBatchRoom(eventId));
      },
      'seat-selection-changed': (socket, { eventId, seats }) => {
        const { rooms } = socket;
        if (!rooms.has(seatsRoom(eventId)) && !rooms.has(seatBatchRoom(eventId)))
          throw new Problem('FORBIDDEN');
        app.announcements.seatUpdate(socket.id, { eventId, userId: socket.data.user.userId, seats });
      },
    });

    app.io.on('connection', (socket) => {
      restore(socket).catch((error: Error) =>
        app.log.debug({ err: error, userId: socket.data.user.userId }, 'held seats not restored'),
      );
    });

    /** Tells a user who reconnects which seats they hold. */
    async function restore(socket: UserSocket): Promise<void> {
      for (const { eventId, seatIds } of await holds.add(socket.data.user.userId))
        socket.emit('session-restored', {
          eventId,
          queueEventId: null,
          seatEventId: eventId,
          selectedSeats: seatIds,
        });
    }
  },
  { name: 'seat-sockets', dependencies: ['client-events', 'known-events', 'live'] },
);
