import { LRUCache } from 'lru-cache';
import { messages } from '../../lib/messages.ts';
import type { Announcements, RealtimeServer } from '../../realtime/announcements.ts';
import { eventOf, queueRoom, userRoom } from '../../realtime/socket-rooms.ts';
import type { Room } from '../redis/commands.ts';
import type { Visits } from './visits.ts';

const ROOMS = 10_000;

/**
 * A socket in the queue room is contact: who waits with the page open need not ask again and again. Who was let in and hasn't used it
 * is told once more: the instance that let him in may have died before it could.
 */
export function createPresence(
  io: RealtimeServer,
  visits: Visits,
  announcements: Announcements,
  onError: (error: Error) => void,
) {
  /** Of each event the loss after which those here have said that they are there. */
  const losses = new LRUCache<string, number>({ max: ROOMS });

  async function touch(eventId: string, sockets: Iterable<string>): Promise<void> {
    const users = new Set([...sockets].flatMap((id) => io.sockets.sockets.get(id)?.data.user.userId ?? []));
    const people = [...users].map((userId) => ({ userId }));
    const found = await visits.all(eventId, 'status', people);
    for (const [index, { standing }] of found.entries()) {
      if (standing.state !== 'inside' || !standing.called) continue;
      const { userId } = people[index] as (typeof people)[number];
      announcements.entryAllowedTo(userRoom(userId), eventId, userId, messages.entryAllowed.ko);
    }
  }

  return {
    async touchAll(): Promise<void> {
      for (const [room, sockets] of io.sockets.adapter.rooms) {
        const eventId = eventOf('queue', room);
        // One event of which Redis can't say anything must not cost the others their places.
        if (eventId !== undefined) await touch(eventId, sockets).catch(onError);
      }
    },
    /** After a loss at once: those who do nothing of their own are to be back before the line moves on. */
    saw(eventId: string, { reborn }: Room): void {
      if (reborn === 0 || losses.get(eventId) === reborn) return;
      losses.set(eventId, reborn);
      touch(eventId, io.sockets.adapter.rooms.get(queueRoom(eventId)) ?? []).catch((error: Error) => {
        losses.delete(eventId);
        onError(error);
      });
    },
  };
}
