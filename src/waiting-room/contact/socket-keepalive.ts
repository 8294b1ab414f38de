import { LRUCache } from 'lru-cache';
import type { Announcements } from '../../realtime/announcements.ts';
import { eventOf, queueRoom } from '../../realtime/socket-rooms.ts';
import type { RealtimeServer } from '../../realtime/types.ts';
import type { RoomState } from '../types.ts';
import type { Visits } from './visits.ts';

const ROOMS = 10_000;

/**
 * A socket in the queue room counts as contact: a user who waits with the page open need not poll. Users who were let in and have not
 * used their entry are told again, since the instance that let them in may have died before it could.
 */
export function createSocketKeepalive(
  io: RealtimeServer,
  visits: Visits,
  announcements: Announcements,
  onError: (error: Error) => void,
) {
  /** For each event, the last loss after which the sockets of this instance were in contact. */
  const losses = new LRUCache<string, number>({ max: ROOMS });

  async function touch(eventId: string, sockets: Iterable<string>): Promise<void> {
    const users = new Set([...sockets].flatMap((id) => io.sockets.sockets.get(id)?.data.user.userId ?? []));
    const people = [...users].map((userId) => ({ userId }));
    const found = await visits.all(eventId, 'status', people);
    for (const [index, { standing }] of found.entries()) {
      if (standing.state !== 'inside' || !standing.called) continue;
      const { userId } = people[index] as (typeof people)[number];
      announcements.entryAllowedHere(eventId, userId);
    }
  }

  return {
    async touchAll(): Promise<void> {
      for (const [room, sockets] of io.sockets.adapter.rooms) {
        const eventId = eventOf('queue', room);
        // An event whose keys are broken must not cost the others their places.
        if (eventId !== undefined) await touch(eventId, sockets).catch(onError);
      }
    },
    /** Right after a loss, so that users who do nothing of their own are back before the line moves on. */
    touchAfterLoss(eventId: string, { reborn }: RoomState): void {
      if (reborn === 0 || losses.get(eventId) === reborn) return;
      losses.set(eventId, reborn);
      touch(eventId, io.sockets.adapter.rooms.get(queueRoom(eventId)) ?? []).catch((error: Error) => {
        losses.delete(eventId);
        onError(error);
      });
    },
  };
}
