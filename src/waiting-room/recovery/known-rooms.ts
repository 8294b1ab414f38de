import { LRUCache } from 'lru-cache';
import type { RoomSnapshot } from '../../database/schema.ts';

/** From a command of this instance, or from before its start. */
interface Known {
  room: RoomSnapshot;
  /** `awayMs` at that time. */
  away: number;
}

/** What a script compares a room with. */
export interface Evidence {
  room: RoomSnapshot;
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
  /** `null` if a command found no room, although there is an old snapshot of it. */
  readonly #own = new LRUCache<string, Known | { room: null }>({ max: ROOMS_KNOWN });
  /** What no command of this instance has carried yet. */
  readonly #heard = new LRUCache<string, RoomSnapshot>({ max: ROOMS_KNOWN });
  /** When a command last found a room, in ms since 1970. By now it is later at the clock of Redis. */
  #lastKept = 0;

  constructor(options: KnownRoomsOptions) {
    this.#options = options;
  }

  /** What a command carries. */
  evidenceOf(eventId: string): { own: Evidence | undefined; heard: Evidence | undefined } {
    const [own, heard] = [this.#mine(eventId), this.#heard.get(eventId)];
    return {
      own: own && { room: own.room, until: this.#until(eventId, own) },
      heard: heard && { room: heard, until: this.#newsUntil(eventId, heard) },
    };
  }

  /** Takes what a command returned, `null` if there is no room. @param carried what the command carried of the news */
  remember(eventId: string, room: RoomSnapshot | null, carried: RoomSnapshot | undefined): void {
    if (room) {
      this.#own.set(eventId, { room, away: this.#options.awayMs() });
      this.#lastKept = room.kept;
    } else if (this.#options.snapshotOf(eventId)) this.#own.set(eventId, { room });
    else this.#own.delete(eventId);
    const heard = this.#heard.peek(eventId);
    // News that came while the command was under way stay, unless they are older than what it found.
    if (heard && (heard === carried || (room && isOlder(heard, room)))) this.#heard.delete(eventId);
  }

  /**
   * Takes what another instance told.
   *
   * @returns whether it contradicts what this instance knows: the room was lost, and a command of this instance tells Redis what it knew
   */
  hear(eventId: string, room: RoomSnapshot): boolean {
    const [mine, heard] = [this.#mine(eventId), this.#heard.get(eventId)];
    // Messages of two instances can pass each other.
    if ((mine && isOlder(room, mine.room)) || (heard && isOlder(room, heard))) return false;
    // No command has told Redis the former news yet.
    if (heard && contradicts(room, heard, this.#newsUntil(eventId, heard))) return true;
    this.#heard.set(eventId, room);
    if (!mine) return false;
    // A command under a shorter time to live lets the room end sooner.
    const isShorter = (room.ttl ?? Number.POSITIVE_INFINITY) < (mine.room.ttl ?? Number.POSITIVE_INFINITY);
    if (mine.room.born === room.born && isShorter)
      this.#own.set(eventId, { ...mine, room: { ...mine.room, ttl: room.ttl } });
    return contradicts(room, mine.room, this.#until(eventId, mine));
  }

  /** What the last command of this instance found. */
  own(eventId: string): RoomSnapshot | undefined {
    return this.#own.peek(eventId)?.room ?? undefined;
  }

  /** What to tell of the room, `undefined` if it is over. */
  latest(eventId: string): RoomSnapshot | undefined {
    const room = this.#heard.peek(eventId) ?? this.own(eventId);
    return room && this.#newsUntil(eventId, room) >= this.#lastKept ? room : undefined;
  }

  /** The events whose rooms are known. */
  events(): string[] {
    const own = [...this.#own.entries()].flatMap(([eventId, { room }]) => (room ? [eventId] : []));
    return [...own, ...this.#heard.keys()];
  }

  #mine(eventId: string): Known | undefined {
    const own = this.#own.get(eventId);
    if (own) return own.room ? own : undefined;
    const snapshot = this.#options.snapshotOf(eventId);
    return snapshot && { room: snapshot, away: 0 };
  }

  #until(eventId: string, { room, away }: Known): number {
    // While Redis was away no room could end.
    return this.#newsUntil(eventId, room) + this.#options.awayMs() - away;
  }

  /** The instance that told of the room may have reached Redis while this one could not. */
  #newsUntil(eventId: string, { kept, ttl }: RoomSnapshot): number {
    // A room that ended under a shorter time to live is not lost.
    return kept + NOTICED_FOR * Math.min(ttl ?? Number.POSITIVE_INFINITY, this.#options.longestTtl(eventId));
  }
}

/** Whether Redis lost the earlier state of a room before the later one, if the earlier one counts until this time. */
function contradicts(later: RoomSnapshot, earlier: RoomSnapshot, until: number): boolean {
  // The sequence never goes back.
  return later.born === earlier.born ? later.seq < earlier.seq : until >= later.kept;
}

/** Whether one state of a room tells nothing new beside another. */
function isOlder(one: RoomSnapshot, other: RoomSnapshot): boolean {
  if (one.born !== other.born) return false;
  // While a clock that was set back catches up, `kept` stands still.
  return one.kept < other.kept || (one.kept === other.kept && one.inside <= other.inside);
}
