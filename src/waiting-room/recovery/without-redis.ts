import { LRUCache } from 'lru-cache';
import type { Claim, Person, RoomSettings, RoomSnapshot, RoomState } from '../types.ts';
import type { PlaceMemory } from './place-memory.ts';
import type { PlaceTokens } from './place-tokens.ts';

/** What an instance knew of a room when Redis last answered. */
interface LastHeard {
  hadLine: boolean;
  inside: number;
  /** ms since 1970, by the clock of Redis. */
  at: number;
  /** How far that clock was ahead of this instance's. */
  aheadMs: number;
}

const ROOMS = 10_000;

export type WithoutRedis = ReturnType<typeof createWithoutRedis>;

/**
 * Decides while Redis is away, from what this instance knew last: an event without a line sells to all users. If there was a line, those
 * who were inside go on.
 */
export function createWithoutRedis(
  tokens: PlaceTokens,
  memory: PlaceMemory,
  settingsOf: (eventId: string) => RoomSettings,
  snapshotOf: (eventId: string) => RoomSnapshot | undefined,
  insideTtlMs: number,
) {
  const rooms = new LRUCache<string, LastHeard>({ max: ROOMS });

  function hasLine(eventId: string): boolean {
    const { paused, lobbyOpensAt, startsAt = 0 } = settingsOf(eventId);
    const heard = rooms.get(eventId);
    if (paused || (heard ? heard.hadLine : othersSawLine(eventId))) return true;
    // If this instance heard nothing since the lobby opened, it knows only its times.
    if (lobbyOpensAt === undefined || (heard && heard.at >= lobbyOpensAt)) return false;
    return Date.now() >= lobbyOpensAt && Date.now() < startsAt + insideTtlMs;
  }

  /** For an instance that started while Redis was away. */
  function othersSawLine(eventId: string): boolean {
    const snapshot = snapshotOf(eventId);
    return snapshot?.line === true && Date.now() < snapshot.kept + 2 * insideTtlMs;
  }

  /** Proof that the user was inside, and would still be if they had been able to renew their entry. */
  function passOf(eventId: string, { userId, tokens: shown = {} }: Person): Claim | undefined {
    const lastHeard = rooms.get(eventId)?.at ?? snapshotOf(eventId)?.kept ?? Date.now();
    const remembered = memory.of(eventId, userId);
    const { clearedAt = 0, startsAt = 0 } = settingsOf(eventId);
    const since = Math.max(memory.leftAt(eventId, userId), clearedAt, startsAt);
    return [...tokens.read(eventId, userId, shown), ...(remembered ? [remembered] : [])].find(
      ({ kind, at }) => kind === 'inside' && at > since && at + insideTtlMs > lastHeard,
    );
  }

  return {
    note(eventId: string, { queueSize, phase, inside, now }: RoomState): void {
      const hadLine = queueSize > 0 || phase === 'lobby' || phase === 'drawing';
      rooms.set(eventId, { hadLine, inside, at: now, aheadMs: now - Date.now() });
    },
    hasLine,
    passOf,
    mayGoOn: (eventId: string, person: Person) => !hasLine(eventId) || passOf(eventId, person) !== undefined,
    /** Users inside. */
    inside: (eventId: string) => rooms.get(eventId)?.inside ?? 0,
    /** ms since 1970, as the clock of Redis would tell. */
    now: (eventId: string) => Date.now() + (rooms.get(eventId)?.aheadMs ?? 0),
  };
}
