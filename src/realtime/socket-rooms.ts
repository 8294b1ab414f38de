/** Those on the page of an event: its audience, and the stock of its ticket types. */
export const eventRoom = (eventId: string) => `event:${eventId}`;
/** Those in the line of an event. */
export const queueRoom = (eventId: string) => `queue:${eventId}`;
/** Those who choose seats of an event. */
export const seatsRoom = (eventId: string) => `seats:${eventId}`;
/** The event whose room of this kind it is, where it is one. */
export function eventOf(kind: 'event' | 'queue', room: string): string | undefined {
  return room.startsWith(`${kind}:`) ? room.slice(kind.length + 1) : undefined;
}
/** All sockets of one user, on whichever instance. */
export const userRoom = (userId: string) => `user:${userId}`;
