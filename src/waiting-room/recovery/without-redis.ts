import { LRUCache } from 'lru-cache';
import type { QueueSettings } from '../../config/config.ts';
import type { RoomSnapshot } from '../../database/schema.ts';
import type { Claim, Person, RoomSettings, RoomState } from '../types.ts';
import type { PlaceMemory } from './place-memory.ts';
import type { PlaceTokens } from './place-tokens.ts';

/** What an instance knew of a room when Redis last answered. Times are in ms since 1970, by the clock of Redis. */
interface LastHeard {
  /** Until when the event counts as one with a line. Infinity if users waited. */
  lineUntil: number;
  inside: number;
  at: number;
  /** While the room forms again after a loss: when the loss was noticed, else 0. */
  reborn: number;
  /** When the room was last known before that loss. */
  aliveAt: number;
  /** How far that clock was ahead of this instance's. */
  aheadMs: number;
}

const ROOMS = 10_000;
/** How old the last state of a room may be to say that there is room for newcomers. */
const FRESH_MS = 2_000;

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
  config: Pick<QueueSettings, 'insideTtlSeconds'>,
) {
  const insideTtlMs = config.insideTtlSeconds * 1_000;
  const rooms = new LRUCache<string, LastHeard>({ max: ROOMS });

  function hasLine(eventId: string): boolean {
    const { paused, lobbyOpensAt, startsAt = 0 } = settingsOf(eventId);
    const heard = rooms.get(eventId);
    if (paused || sawLine(eventId)) return true;
    // If this instance heard nothing since the lobby opened, it knows only its times.
    if (lobbyOpensAt === undefined || (heard && heard.at >= lobbyOpensAt)) return false;
    return Date.now() >= lobbyOpensAt && Date.now() < startsAt + insideTtlMs;
  }

  /** ms since 1970, as the clock of Redis would tell. */
  const now = (eventId: string) => Date.now() + (rooms.get(eventId)?.aheadMs ?? 0);

  function sawLine(eventId: string): boolean {
    const heard = rooms.get(eventId);
    return heard ? now(eventId) < heard.lineUntil : othersSawLine(eventId);
  }

  /** For an instance that started while Redis was away. */
  function othersSawLine(eventId: string): boolean {
    const snapshot = snapshotOf(eventId);
    const longestMs = Math.max(2 * insideTtlMs, settingsOf(eventId).waitingTtlSeconds * 1_000);
    return snapshot?.line === true && Date.now() < snapshot.kept + longestMs;
  }

  /** Until when an entry of this time could be renewed. Entries from before a loss come back for as long as one lasts. */
  function renewableUntil(eventId: string, entryAt: number): number {
    const heard = rooms.get(eventId);
    if (!heard) return snapshotOf(eventId)?.kept ?? Date.now();
    const { at, reborn, aliveAt } = heard;
    return entryAt <= reborn && at < reborn + insideTtlMs ? aliveAt : at;
  }

  /** Proofs that the user was inside, and that no end of their entry followed. */
  function passesOf(eventId: string, { userId, tokens: shown = {} }: Person): Claim[] {
    const remembered = memory.of(eventId, userId);
    const { clearedAt = 0, startsAt = 0 } = settingsOf(eventId);
    const since = Math.max(memory.leftAt(eventId, userId), clearedAt, startsAt);
    return [...tokens.read(eventId, userId, shown), ...(remembered ? [remembered] : [])].filter(
      ({ kind, at }) => kind === 'inside' && at > since,
    );
  }

  /** Proof that the user was inside, and would still be if they had been able to renew their entry. */
  function passOf(eventId: string, person: Person): Claim | undefined {
    return passesOf(eventId, person).find(({ at }) => at + insideTtlMs > renewableUntil(eventId, at));
  }

  return {
    note(eventId: string, { queueSize, phase, inside, now: at, reborn }: RoomState): void {
      const before = rooms.get(eventId);
      const waits = queueSize > 0 || phase === 'lobby' || phase === 'drawing';
      // The line of a room that forms again is empty until its users come back. Newcomers must not buy past them meanwhile.
      const waitingTtlMs = settingsOf(eventId).waitingTtlSeconds * 1_000;
      const formsUntil = reborn > 0 && sawLine(eventId) ? reborn + Math.max(insideTtlMs, waitingTtlMs) : 0;
      rooms.set(eventId, {
        lineUntil: waits ? Number.POSITIVE_INFINITY : formsUntil,
        inside,
        at,
        reborn,
        aliveAt: before?.reborn === reborn ? before.aliveAt : (before?.at ?? snapshotOf(eventId)?.kept ?? at),
        aheadMs: at - Date.now(),
      });
    },
    hasLine,
    passOf,
    /** Whether the user is inside for certain: they had contact with Redis in the time of their entry. */
    isInside: (eventId: string, person: Person) =>
      passesOf(eventId, person).some(({ at }) => at + insideTtlMs > now(eventId)),
    mayGoOn: (eventId: string, person: Person) => !hasLine(eventId) || passOf(eventId, person) !== undefined,
    /**
     * How many users could enter when this instance last heard of the room. 0 if that was too long ago, if others waited, and if only
     * Redis can say: it counts how many enter in a second, and who comes back after a loss.
     */
    roomLeft(eventId: string): number {
      const heard = rooms.get(eventId);
      const { threshold, drainPerSecond } = settingsOf(eventId);
      if (heard === undefined || heard.reborn > 0 || drainPerSecond !== undefined) return 0;
      const isFresh = now(eventId) - heard.at <= FRESH_MS;
      return isFresh && !hasLine(eventId) ? threshold - heard.inside : 0;
    },
    /** Users inside. */
    inside: (eventId: string) => rooms.get(eventId)?.inside ?? 0,
    now,
  };
}
