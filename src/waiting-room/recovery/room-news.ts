import { LRUCache } from 'lru-cache';
import type { Announcements } from '../../realtime/announcements.ts';
import type { RoomSnapshot } from '../../realtime/types.ts';
import type { Commands } from '../redis/commands.ts';
import { ROOMS_KNOWN } from './known-rooms.ts';

/** Rooms that one message tells of: about 50 KB. The rest follow at the next ticks. */
const AT_ONCE = 500;
/** News can get lost, so a room that is kept is told of again after so long. */
const AGAIN_MS = 15_000;

type Knowledge = Pick<Commands, 'known' | 'hear' | 'eventsKnown' | 'visit'>;
type Messages = Pick<
  Announcements,
  'reachesOthers' | 'roomsKnown' | 'onRoomsKnown' | 'askForRooms' | 'onRoomsAsked' | 'onHearing'
>;

/**
 * Rooms without a line, of which the instances tell each other. If Redis loses such a room, an instance that never had contact with it
 * notices, and counts the users who were inside. A room with a line needs no news: every instance moves it.
 */
export class RoomNews {
  readonly #commands: Knowledge;
  readonly #messages: Messages;
  /** What the instances told each other last. */
  readonly #told = new LRUCache<string, RoomSnapshot>({ max: ROOMS_KNOWN });
  /** In the order in which they became due. */
  readonly #due = new Set<string>();
  /** Rooms of which the instances know different things. */
  readonly #doubtful = new Set<string>();

  constructor(commands: Knowledge, messages: Messages) {
    this.#commands = commands;
    this.#messages = messages;
    messages.onRoomsKnown((rooms) => {
      for (const [eventId, room] of rooms) this.#hear(eventId, room);
    });
    messages.onRoomsAsked(() => {
      for (const eventId of commands.eventsKnown())
        if (!commands.known(eventId)?.line) this.#makeDue(eventId);
    });
    // What was told before that is lost.
    messages.onHearing(() => messages.askForRooms());
  }

  /** Call it when a command has returned the state of the room. */
  note(eventId: string): void {
    const room = this.#commands.known(eventId);
    if (!room || room.line) return;
    const told = this.#told.get(eventId);
    const again = Math.min(AGAIN_MS, (room.ttl ?? AGAIN_MS) / 4);
    const isKnown = told?.born === room.born && told.inside === room.inside && told.ttl === room.ttl;
    if (!isKnown || room.kept - told.kept >= again) this.#makeDue(eventId);
  }

  /** Tells the other instances of the rooms that changed since, as far as one message goes. */
  tell(): void {
    if (!this.#messages.reachesOthers) return;
    const due = [...this.#due].slice(0, AT_ONCE);
    const rooms = due.flatMap((eventId) => {
      this.#due.delete(eventId);
      const room = this.#commands.known(eventId);
      return room && !this.#isOutdated(eventId, room) ? [[eventId, room] as const] : [];
    });
    if (rooms.length === 0) return;
    for (const [eventId, room] of rooms) this.#told.set(eventId, room);
    this.#messages.roomsKnown(rooms);
  }

  /** Asks Redis about rooms of which the instances know different things: one of them was lost, and Redis hears what this one knew. */
  async settle(): Promise<void> {
    const doubtful = [...this.#doubtful].slice(0, AT_ONCE);
    await Promise.all(
      doubtful.map(async (eventId) => {
        this.#doubtful.delete(eventId);
        // If that fails, the room is told of again.
        await this.#commands.visit(eventId, 'status', []).catch(() => undefined);
      }),
    );
  }

  #hear(eventId: string, room: RoomSnapshot): void {
    if (this.#commands.hear(eventId, room)) this.#doubtful.add(eventId);
    if (!this.#isOutdated(eventId, room)) this.#told.set(eventId, room);
  }

  /** Whether another instance told of a later state of the same room. */
  #isOutdated(eventId: string, room: RoomSnapshot): boolean {
    const told = this.#told.peek(eventId);
    return told?.born === room.born && told.kept > room.kept;
  }

  #makeDue(eventId: string): void {
    if (this.#due.size < ROOMS_KNOWN) this.#due.add(eventId);
  }
}
