import { LRUCache } from 'lru-cache';
import type { RoomSnapshot } from '../../database/schema.ts';
import type { Announcements } from '../../realtime/announcements.ts';
import type { Commands } from '../redis/commands.ts';
import { ROOMS_KNOWN } from './known-rooms.ts';

/** Rooms in one message, of about 50 KB, and commands in one tick. The rest follow at the next ticks. */
const AT_ONCE = 500;
/** News can get lost, so a room that is in use is told of again after so long. */
const AGAIN_MS = 15_000;

type Knowledge = Pick<Commands, 'known' | 'latest' | 'hear' | 'eventsKnown' | 'visit'>;
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
  /** Rooms that have changed, in the order of their changes. */
  readonly #changed = new Set<string>();
  /** Rooms of which another instance wants to hear. Changes go first. */
  readonly #wanted = new Set<string>();
  /** Rooms of which the instances know different things. */
  readonly #doubtful = new Set<string>();
  /** This instance may have missed news. At the start there may be some. */
  #hasMissed = true;

  constructor(commands: Knowledge, messages: Messages) {
    this.#commands = commands;
    this.#messages = messages;
    messages.onRoomsKnown((rooms) => {
      for (const [eventId, room] of rooms) this.#hear(eventId, room);
    });
    messages.onRoomsAsked(() => this.#tellAll());
    messages.onHearing(() => {
      this.#hasMissed = true;
      // The others may have missed what this instance told.
      this.#tellAll();
    });
  }

  /** Call it when a command has returned the state of the room. */
  note(eventId: string): void {
    const room = this.#commands.known(eventId);
    if (!room || room.line) return;
    const told = this.#told.get(eventId);
    const again = Math.min(AGAIN_MS, (room.ttl ?? AGAIN_MS) / 4);
    const isKnown = told?.born === room.born && told.inside === room.inside && told.ttl === room.ttl;
    const isDue = !isKnown || room.kept - told.kept >= again;
    if (isDue && this.#changed.size < ROOMS_KNOWN) this.#changed.add(eventId);
  }

  /** Exchanges news with the other instances, and asks Redis where they contradict each other. Call it once a tick. */
  async exchange(): Promise<void> {
    if (!this.#messages.reachesOthers) return;
    if (this.#hasMissed) this.#messages.askForRooms();
    this.#hasMissed = false;
    this.tell();
    await Promise.all(first(AT_ONCE, this.#doubtful).map((eventId) => this.#settle(eventId)));
  }

  /** Tells the other instances, as much as one message takes. @returns whether there was something to tell */
  tell(): boolean {
    const due = first(AT_ONCE, this.#changed, this.#wanted);
    const rooms = due.flatMap((eventId) => {
      this.#changed.delete(eventId);
      this.#wanted.delete(eventId);
      const room = this.#commands.latest(eventId);
      return room && !room.line && !this.#isOutdated(eventId, room) ? [[eventId, room] as const] : [];
    });
    for (const [eventId, room] of rooms) this.#told.set(eventId, room);
    if (rooms.length > 0) this.#messages.roomsKnown(rooms);
    return due.length > 0;
  }

  /** Any command tells Redis what this instance knows. */
  async #settle(eventId: string): Promise<void> {
    // A contradiction that is heard meanwhile counts anew.
    this.#doubtful.delete(eventId);
    try {
      await this.#commands.visit(eventId, 'status', []);
    } catch (error) {
      this.#doubtful.add(eventId);
      throw error;
    }
  }

  #tellAll(): void {
    for (const eventId of this.#commands.eventsKnown()) this.#wanted.add(eventId);
  }

  #hear(eventId: string, room: RoomSnapshot): void {
    if (this.#commands.hear(eventId, room)) this.#doubtful.add(eventId);
    if (this.#isOutdated(eventId, room)) return;
    this.#told.set(eventId, room);
    const latest = this.#commands.latest(eventId);
    if (latest?.born !== room.born) return;
    const isLater = latest.kept > room.kept || (latest.kept === room.kept && latest.inside > room.inside);
    // What this instance found looked like nothing new if it undid a change that it had not heard of.
    if (isLater) this.note(eventId);
    else this.#wanted.delete(eventId);
  }

  /** Whether an instance told of a later state of the same room. */
  #isOutdated(eventId: string, room: RoomSnapshot): boolean {
    const told = this.#told.peek(eventId);
    return told?.born === room.born && told.kept > room.kept;
  }
}

/** The first members of these sets together. */
function first(count: number, ...sets: Set<string>[]): string[] {
  const found = new Set<string>();
  for (const set of sets)
    for (const member of set) {
      if (found.size === count) return [...found];
      found.add(member);
    }
  return [...found];
}
