import fp from 'fastify-plugin';
import {
  englishQueueRoom,
  eventRoom,
  queueRoom,
  seatBatchRoom,
  seatsRoom,
} from '../realtime/socket-rooms.ts';
import type { ListedEvent } from './catalogue/listed-event.ts';

/**
 * Tells the sockets of this instance what has changed in an event itself: its title, its dates, its status. Each instance notices the change
 * in its own catalogue, within a second. When an event is a draft again, its sockets leave its rooms.
 */
export default fp(
  async ({ catalogue, io }) => {
    const roomsOf = (eventId: string) =>
      [eventRoom, seatsRoom, seatBatchRoom, queueRoom, englishQueueRoom].map((roomOf) => roomOf(eventId));

    catalogue.onShownAnew((event) => {
      const rooms = roomsOf(event.id).filter((room) => io.sockets.adapter.rooms.has(room));
      if (rooms.length > 0) io.local.to(rooms).emit('event-updated', updateOf(event));
    });
    catalogue.onGone((eventId) => {
      const rooms = roomsOf(eventId);
      io.local.in(rooms).socketsLeave(rooms);
    });
  },
  { name: 'event-updates', dependencies: ['catalogue', 'realtime'] },
);

export function updateOf(listed: ListedEvent) {
  const { id, title, venue, event_date, sale_start_date, sale_end_date, timezone, status } = listed.summary();
  return { eventId: id, title, venue, event_date, sale_start_date, sale_end_date, timezone, status };
}
