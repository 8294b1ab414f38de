import { LRUCache } from 'lru-cache';
import type { Announcements } from '../../realtime/announcements.ts';
import type { Commands } from '../redis/commands.ts';
import type { RoomState } from '../types.ts';

/** Rooms that one message tells of: about 50 KB. The rest follow with the next one. */
const AT_ONCE = 500;
const ROOMS_KNOWN = 10_000;

/** What the instances told each other last of a room. */
type Told = Pick<RoomState, 'born' | 'kept' | 'inside'>;

/**
 * Rooms without a line, of which the instances tell each other. If Redis loses such a room, an instance that never had contact with it
 * notices, and counts the users who were inside. A room with a line needs no news: every instance moves it.
 */
export class RoomNews {
  readonly #commands: Pick<Commands, 'known' | 'learn'>;
  readonly #announcements: Pick<Announcements, 'roomsKnown'>;
  readonly #told = new LRUCache<string, Told>({ max: ROOMS_KNOWN });
  /** In the order in which they became due. */
  readonly #due = new Set<string>();

  constructor(commands: Pick<Commands, 'known' | 'learn'>, announcements: Announcements) {
    this.#commands = commands;
    this.#announcements = announcements;
    announcements.onRoomsKnown((rooms) => {
      for (const [eventId, room] of rooms) {
        commands.learn(eventId, room);
        this.#told.set(eventId, room);
      }
    });
  }

  /** @param lastsMs for how long what is known of the room counts */
  note(eventId: string, { born, kept, inside, queueSize }: RoomState, lastsMs: number): void {
    if (born === 0 || queueSize > 0) return;
    const told = this.#told.get(eventId);
    const isOld = told?.born !== born || kept - told.kept >= lastsMs / 4;
    if (isOld || told.inside !== inside) this.#due.add(eventId);
  }

  /** Tells the other instances of the rooms that changed since. Call it once a tick. */
  tell(): void {
    const due = [...this.#due].slice(0, AT_ONCE);
    const rooms = due.flatMap((eventId) => {
      this.#due.delete(eventId);
      const room = this.#commands.known(eventId);
      return room ? [[eventId, room] as const] : [];
    });
    if (rooms.length === 0) return;
    for (const [eventId, room] of rooms) this.#told.set(eventId, room);
    this.#announcements.roomsKnown(rooms);
  }
}
