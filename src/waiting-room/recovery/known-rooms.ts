import { LRUCache } from 'lru-cache';
import type { RoomSnapshot } from '../../realtime/types.ts';

interface Known {
  room: RoomSnapshot;
  /** `awayMs` at that time. */
  away: number;
}

interface KnownRoomsOptions {
  /** The longer of the two times to live of an event, in ms. */
  longestTtl(eventId: string): number;
  /** What other instances knew of a room, for an instance that has just started. */
  snapshotOf(eventId: string): RoomSnapshot | undefined;
  /** ms for which this instance could not reach Redis, in total. */
  awayMs(): number;
}

/** How long a loss can be noticed after the last contact, in times to live: less than the two for which the keys are kept. */
const NOTICED_FOR = 1.5;
export const ROOMS_KNOWN = 10_000;

/**
 * What this instance knows of the rooms, from its own commands and from other instances. Each command carries it, so that a script notices
 * that Redis has lost the room. News never replace what an instance knows itself: that may show a loss which the others can't see.
 */
export class KnownRooms {
  readonly #options: KnownRoomsOptions;
  readonly #own = new LRUCache<string, Known>({ max: ROOMS_KNOWN });
  readonly #heard = new LRUCache<string, Known>({ max: ROOMS_KNOWN });

  constructor(options: KnownRoomsOptions) {
    this.#options = options;
  }

  /** Takes what a command of this instance returned; `undefined` if there is no room. */
  remember(eventId: string, room: RoomSnapshot | undefined): void {
    if (room) this.#own.set(eventId, { room, away: this.#options.awayMs() });
    else {
      this.#own.delete(eventId);
      this.#heard.delete(eventId);
    }
  }

  /**
   * Takes what another instance told.
   *
   * @returns whether it contradicts what this instance knows: the room was lost, and a command of this instance tells Redis what it knew
   */
  hear(eventId: string, room: RoomSnapshot): boolean {
    const last = this.#heard.get(eventId)?.room;
    // Messages of two instances can pass each other.
    if (last?.born === room.born && last.kept > room.kept) return false;
    this.#heard.set(eventId, { room, away: this.#options.awayMs() });
    const mine = this.#mine(eventId)?.room;
    if (!mine || this.best(eventId)?.room !== mine) return false;
    return mine.born !== room.born || (mine.kept < room.kept && mine.seq > room.seq);
  }

  /** What the last command of this instance returned. */
  own(eventId: string): RoomSnapshot | undefined {
    return this.#own.peek(eventId)?.room;
  }

  /** The events whose rooms this instance had contact with. */
  events(): Iterable<string> {
    return this.#own.keys();
  }

  /** What to compare Redis with, and until when it counts: soon after that the room ends by itself, unless others keep it. */
  best(eventId: string): { room: RoomSnapshot; until: number } | undefined {
    const mine = this.#mine(eventId);
    const heard = this.#heard.get(eventId);
    if (!mine || !heard) {
      const only = mine ?? heard;
      return only && { room: only.room, until: this.#until(eventId, only) };
    }
    if (mine.room.born === heard.room.born) {
      // The news may have waited for the end of an outage.
      const newest = { room: goesOn(mine.room, heard.room) ? heard.room : mine.room, away: mine.away };
      return { room: newest.room, until: this.#until(eventId, newest) };
    }
    const until = this.#until(eventId, mine);
    if (until < heard.room.kept) return { room: heard.room, until: this.#until(eventId, heard) };
    return { room: mine.room, until };
  }

  #mine(eventId: string): Known | undefined {
    const own = this.#own.get(eventId);
    if (own) return own;
    const snapshot = this.#options.snapshotOf(eventId);
    return snapshot && { room: snapshot, away: 0 };
  }

  #until(eventId: string, { room: { kept, ttl }, away }: Known): number {
    const { longestTtl, awayMs } = this.#options;
    // A room that ended under a shorter time to live is not lost. While Redis was away no room could end.
    const validMs = NOTICED_FOR * Math.min(ttl ?? Number.POSITIVE_INFINITY, longestTtl(eventId));
    return kept + validMs + awayMs() - away;
  }
}

/** Whether the other state of the same room is newer, and nothing was lost between the two. */
function goesOn(one: RoomSnapshot, other: RoomSnapshot): boolean {
  if (other.seq < one.seq) return false;
  // While a clock that was set back catches up, `kept` stands still.
  return other.kept > one.kept || (other.kept === one.kept && other.inside > one.inside);
}
