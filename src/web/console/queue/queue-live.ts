import type { QueueAdmin } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { user } from '../../shared/session.ts';
import { liveSource } from '../live/live.ts';

/** The public figures of a waiting room, with the others as null for a user who may not see them. */
export type Room = Pick<QueueAdmin, 'queueSize' | 'currentUsers' | 'threshold'> & {
  admin: QueueAdmin | null;
};

/** What is remembered of it for an hour. */
export interface QueueFigures {
  waiting: number;
  inside: number;
  lobby: number | null;
  /** In the last hour. */
  admitted: number | null;
}

/** The waiting room of an event: all of it for administrators, and what every buyer may see for organizers. */
export const queueLive = (eventId: string) =>
  liveSource(`queue ${eventId}`, () => ({
    everyMs: 2_000,
    read: (signal) => readRoom(eventId, signal),
    figures: ({ queueSize, currentUsers, admin }: Room): QueueFigures => ({
      waiting: queueSize,
      inside: currentUsers,
      lobby: admin?.lobbySize ?? null,
      admitted: admin?.stats.admissions ?? null,
    }),
  }));

async function readRoom(eventId: string, signal: AbortSignal): Promise<Room> {
  if (user.peek()?.role === 'admin') return roomOf(await tiketi().getQueueAdmin({ eventId }, { signal }));
  // It never gives the one who asks a place.
  const { queueSize, currentUsers, threshold } = await tiketi().getQueueStatus({ eventId }, { signal });
  return { queueSize, currentUsers, threshold, admin: null };
}

export function roomOf(admin: QueueAdmin): Room {
  const { queueSize, currentUsers, threshold } = admin;
  return { queueSize, currentUsers, threshold, admin };
}
