import type { Socket } from 'socket.io';
import { Problem } from '../errors/problem.ts';

/** Far more rooms than a page needs, and few enough that one socket can't fill the memory. */
const MAX_ROOMS_OF_A_SOCKET = 50;

/** The sockets on the page of an event: its audience, which hears of its ticket stock. */
export const eventRoom = (eventId: string) => `event:${eventId}`;
/** The sockets that follow the line of an event. */
export const queueRoom = (eventId: string) => `queue:${eventId}`;
/** The sockets on the seat map of an event. */
export const seatsRoom = (eventId: string) => `seats:${eventId}`;
/** All sockets of one user, on every instance. */
export const userRoom = (userId: string) => `user:${userId}`;

/** The event of a room, or `undefined` for a room of another kind. */
export function eventOf(kind: 'event' | 'queue', room: string): string | undefined {
  return room.startsWith(`${kind}:`) ? room.slice(kind.length + 1) : undefined;
}

/** @throws Problem TOO_MANY_REQUESTS */
export async function joinRoom(socket: Pick<Socket, 'rooms' | 'join'>, room: string): Promise<void> {
  if (socket.rooms.size >= MAX_ROOMS_OF_A_SOCKET) throw new Problem('TOO_MANY_REQUESTS');
  await socket.join(room);
}
