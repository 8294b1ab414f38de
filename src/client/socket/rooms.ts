import type { ClientEventPayloads } from '../../contract/socket-types.ts';

const joins = {
  'join-event': 'leave-event',
  'join-queue': 'leave-queue',
  'join-seat-selection': 'leave-seat-selection',
} as const;

type Join = keyof typeof joins;

export interface Room {
  join: Join;
  eventId: string;
  /** Of a seat selection: whether its changes arrive as `seats-changed`. */
  batch?: boolean | undefined;
}

/** The rooms that this client has joined and not left. A new connection joins them again. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();

  /** Call it when the service has accepted an event. */
  accepted(name: keyof ClientEventPayloads, { eventId, batch }: Omit<Room, 'join'>): void {
    if (isJoin(name)) this.#rooms.set(`${name} ${eventId}`, { join: name, eventId, batch });
    else this.left(name, eventId);
  }

  /** Call it when an event is sent: a room that the client leaves is not joined again, even if the message is lost. */
  left(name: keyof ClientEventPayloads, eventId: string): void {
    for (const [join, leave] of Object.entries(joins))
      if (leave === name) this.#rooms.delete(`${join} ${eventId}`);
  }

  has({ join, eventId }: Room): boolean {
    return this.#rooms.has(`${join} ${eventId}`);
  }

  drop({ join, eventId }: Room): void {
    this.#rooms.delete(`${join} ${eventId}`);
  }

  all(): Room[] {
    return [...this.#rooms.values()];
  }
}

function isJoin(name: string): name is Join {
  return name in joins;
}
