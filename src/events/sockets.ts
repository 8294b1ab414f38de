import fp from 'fastify-plugin';
import { RoomWatches } from '../live/room-watches.ts';
import type { EventChanges, LiveEvent } from '../live/types.ts';
import { Audience } from '../realtime/audience.ts';
import { eventRoom } from '../realtime/socket-rooms.ts';

/** The page of an event: its sockets hear of ticket stock, and of how many they are. */
export default fp(
  async (app) => {
    const { io, live } = app;
    const audience = new Audience(io, app.announcements, app.redis, app.redisPrefix, app.log);
    app.addHook('preClose', () => audience.close());
    const watches = new RoomWatches(io, live);

    app.handleClientEvents({
      'join-event': async (socket, { eventId }) => {
        await app.requireEvent(eventId);
        await watches.joinAnyway(socket, eventRoom(eventId), eventId);
      },
      'leave-event': async (socket, { eventId }) => {
        await socket.leave(eventRoom(eventId));
      },
    });

    live.onTick((event, { stock, version }) => tellStock(event, stock, version));
    live.onReset((event) => tellStock(event, event.stock.values(), event.version));

    function tellStock(
      { eventId, stock: known }: LiveEvent,
      changed: Iterable<EventChanges['stock'][number]>,
      eventVersion: number,
    ): void {
      if (!io.sockets.adapter.rooms.has(eventRoom(eventId))) return;
      const timestamp = new Date().toISOString();
      for (const { ticketTypeId, availableQuantity, totalQuantity } of changed) {
        const version = known.get(ticketTypeId)?.version ?? 0;
        io.local.to(eventRoom(eventId)).emit('ticket-updated', {
          eventId,
          ticketTypeId,
          availableQuantity,
          totalQuantity,
          timestamp,
          version,
          eventVersion,
        });
      }
    }
  },
  { name: 'event-sockets', dependencies: ['client-events', 'known-events', 'live', 'redis'] },
);
