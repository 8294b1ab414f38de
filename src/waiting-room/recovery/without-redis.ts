import { LRUCache } from 'lru-cache';
import type { Person } from '../contact/visits.ts';
import type { Room } from '../redis/commands.ts';
import type { RoomSettings } from '../settings/room-settings.ts';
import type { PlaceMemory } from './place-memory.ts';
import type { Claim, PlaceTokens } from './place-tokens.ts';
import type { SeenRoom } from './room-snapshots.ts';

/** What an instance knew of a room when Redis answered last. */
interface Seen {
  hadLine: boolean;
  currentUsers: number;
  /** ms, by the clock of Redis. */
  at: number;
  /** How far that clock was ahead of this instance's. */
  aheadMs: number;
}

const ROOMS = 10_000;

export type Outage = ReturnType<typeof createOutage>;

/**
 * Decides while Redis is away, by what this instance knew last: an event without a line sells to everybody; where one stood,
 * those who were inside go on.
 */
export function createOutage(
  tokens: PlaceTokens,
  memory: PlaceMemory,
  roomOf: (eventId: string) => RoomSettings,
  lastSeen: (eventId: string) => SeenRoom | undefined,
  insideTtlMs: number,
) {
  const rooms = new LRUCache<string, Seen>({ max: ROOMS });

  function hasLine(eventId: string): boolean {
    const { paused, lobbyOpensAt, startsAt = 0 } = roomOf(eventId);
    const seen = rooms.get(eventId);
    if (paused || (seen ? seen.hadLine : othersSawLine(eventId))) return true;
    // Of a lobby that nobody was heard of it knows no more than its times.
    if (lobbyOpensAt === undefined || (seen && seen.at >= lobbyOpensAt)) return false;
    return Date.now() >= lobbyOpensAt && Date.now() < startsAt + insideTtlMs;
  }

  /** As far as an instance knows that started while Redis was away. */
  function othersSawLine(eventId: string): boolean {
    const seen = lastSeen(eventId);
    return seen?.line === true && Date.now() < seen.kept + 2 * insideTtlMs;
  }

  /** That he was inside, and would be still if he had been able to say so. */
  function passOf(eventId: string, { userId, tokens: shown = {} }: Person): Claim | undefined {
    const seen = rooms.get(eventId);
    const lastHeard = seen?.at ?? lastSeen(eventId)?.kept ?? Date.now();
    const remembered = memory.of(eventId, userId);
    const { clearedAt = 0, startsAt = 0 } = roomOf(eventId);
    const since = Math.max(memory.leftAt(eventId, userId), clearedAt, startsAt);
    return [...tokens.read(eventId, userId, shown), ...(remembered ? [remembered] : [])].find(
      ({ kind, at }) => kind === 'inside' && at > since && at + insideTtlMs > lastHeard,
    );
  }

  return {
    saw(eventId: string, { queueSize, phase, currentUsers, now }: Room): void {
      const hadLine = queueSize > 0 || phase === 'lobby' || phase === 'drawing';
      rooms.set(eventId, { hadLine, currentUsers, at: now, aheadMs: now - Date.now() });
    },
    hasLine,
    passOf,
    mayGoOn: (eventId: string, person: Person) => !hasLine(eventId) || passOf(eventId, person) !== undefined,
    currentUsers: (eventId: string) => rooms.get(eventId)?.currentUsers ?? 0,
    /** ms, as the clock of Redis would say. */
    now: (eventId: string) => Date.now() + (rooms.get(eventId)?.aheadMs ?? 0),
  };
}
