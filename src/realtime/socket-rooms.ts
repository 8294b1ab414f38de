import { Problem } from '../errors/problem.ts';
import type { UserSocket } from './types.ts';

/** Far more rooms than a page needs, and few enough that one socket can't fill the memory. Its own room is one of them. */
const MAX_ROOMS_OF_A_SOCKET = 49;

/** The sockets on the page of an event: its audience, which hears of its ticket stock. */
export const eventRoom = (eventId: string) => `event:${eventId}`;
/** The sockets that follow the line of an event. */
export const queueRoom = (eventId: string) => `queue:${eventId}`;
/** Those of them whose language is English. */
export const englishQueueRoom = (eventId: string) => `queue-en:${eventId}`;
/** The sockets on the seat map of an event that get the reference's packets. */
export const seatsRoom = (eventId: string) => `seats:${eventId}`;
/** The others on it, which get one packet a tick. */
export const seatBatchRoom = (eventId: string) => `seats-batch:${eventId}`;

/** The event of a room, or `undefined` for a room of another kind. */
export function eventOf(kind: 'event' | 'queue' | 'seats', room: string): string | undefined {
  return room.startsWith(`${kind}:`) ? room.slice(kind.length + 1) : undefined;
}

/** @throws Problem TOO_MANY_REQUESTS */
export async function joinRoom(socket: Pick<UserSocket, 'rooms' | 'join'>, room: string): Promise<void> {
  const { rooms } = socket;
  if (rooms.size >= MAX_ROOMS_OF_A_SOCKET && !rooms.has(room)) throw new Problem('TOO_MANY_REQUESTS');
  await socket.join(room);
}

/** @throws Problem TOO_MANY_REQUESTS */
export async function joinQueueRoom(socket: UserSocket, eventId: string): Promise<void> {
  await joinRoom(socket, queueRoom(eventId));
  if (socket.data.language === 'en') await socket.join(englishQueueRoom(eventId));
}

export async function leaveQueueRoom(socket: UserSocket, eventId: string): Promise<void> {
  await socket.leave(queueRoom(eventId));
  await socket.leave(englishQueueRoom(eventId));
}
