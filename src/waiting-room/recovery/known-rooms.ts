import { LRUCache } from 'lru-cache';
import type { RoomSnapshot } from '../../realtime/types.ts';

interface Known {
  room: RoomSnapshot;
  /** `awayMs` at that time. */
  away: number;
}

/** What a script compares a room with. */
export interface Evidence extends RoomSnapshot {
  /** Until when it counts: soon after that the room ends by itself, unless others keep it. In ms since 1970, by the clock of Redis. */
  until: number;
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
 * What this instance knows of the rooms by its own commands, and what it heard from other instances. Each command carries both, so that
 * a script notices if Redis has lost the room since.
 */
export class KnownRooms {
  readonly #options: KnownRoomsOptions;
  /** `null` if there was no room. */
  readonly #own = new LRUCache<string, Known | { room: null }>({ max: ROOMS_KNOWN });
  /** What no command of this instance has carried yet. */
  readonly #heard = new LRUCache<string, Known>({ max: ROOMS_KNOWN });
  /** The latest time in any room. It is later at the clock of Redis by now. */
  #latest = 0;

  constructor(options: KnownRoomsOptions) {
    this.#options = options;
  }

  /** What a command carries. */
  evidenceOf(eventId: string): { own: Evidence | undefined; heard: Evidence | undefined } {
    const [own, heard] = [this.#mine(eventId), this.#heard.get(eventId)];
    return {
      own: own && { ...own.room, until: this.#until(eventId, own) },
      heard: heard && { ...heard.room, until: this.#until(eventId, heard) },
    };
  }

  /** Takes what a command returned, `null` if there is no room. @param heard what the command carried of the news */
  remember(eventId: string, room: RoomSnapshot | null, heard: RoomSnapshot | undefined): void {
    this.#own.set(eventId, room ? { room, away: this.#options.awayMs() } : { room });
    if (room) this.#latest = Math.max(this.#latest, room.kept);
    const last = this.#heard.peek(eventId)?.room;
    // News may have come while the command was under way.
    if (last && heard && last.born === heard.born && last.kept === heard.kept) this.#heard.delete(eventId);
  }

  /**
   * Takes what another instance told.
   *
   * @returns whether it contradicts what this instance knows: the room was lost, and a command of this instance tells Redis what it knew
   */
  hear(eventId: string, room: RoomSnapshot): boolean {
    this.#latest = Math.max(this.#latest, room.kept);
    const [mine, last] = [this.#mine(eventId), this.#heard.get(eventId)];
    if (mine && isOlder(room, mine.room)) return false;
    if (last && last.room.born !== room.born && this.#until(eventId, last) >= room.kept) return true;
    // Messages of two instances can pass each other.
    if (last && isOlder(room, last.room)) return false;
    this.#heard.set(eventId, { room, away: this.#options.awayMs() });
    if (!mine) return false;
    if (mine.room.born !== room.born) return this.#until(eventId, mine) >= room.kept;
    // A command under a shorter time to live lets the room end sooner.
    if ((room.ttl ?? Number.POSITIVE_INFINITY) < (mine.room.ttl ?? Number.POSITIVE_INFINITY))
      this.#own.set(eventId, { ...mine, room: { ...mine.room, ttl: room.ttl } });
    return room.seq < mine.room.seq;
  }

  /** The latest that is known of the room; `undefined` if it is over. */
  of(eventId: string): RoomSnapshot | undefined {
    const known = this.#heard.peek(eventId) ?? this.#own.peek(eventId);
    return known?.room && this.#until(eventId, known) >= this.#latest ? known.room : undefined;
  }

  /** The events whose rooms are known. */
  events(): Set<string> {
    return new Set([...this.#own.keys(), ...this.#heard.keys()]);
  }

  #mine(eventId: string): Known | undefined {
    const own = this.#own.get(eventId);
    if (own) return own.room ? own : undefined;
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

/** Whether one state of a room tells nothing new beside another. */
function isOlder(one: RoomSnapshot, other: RoomSnapshot): boolean {
  if (one.born !== other.born) return false;
  // While a clock that was set back catches up, `kept` stands still.
  return one.kept < other.kept || (one.kept === other.kept && one.inside <= other.inside);
}
