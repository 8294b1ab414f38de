import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PlaceMemory } from '../../../src/waiting-room/recovery/place-memory.ts';
import { createWithoutRedis } from '../../../src/waiting-room/recovery/without-redis.ts';
import type { Phase, RoomSettings, RoomSnapshot, RoomState } from '../../../src/waiting-room/types.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const TTL_MS = 5 * MINUTE;
const eventId = randomUUID();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW);
});
afterEach(() => void vi.useRealTimers());

/** An instance whose Redis is away. */
function instance({ rules, others }: { rules?: Partial<RoomSettings>; others?: RoomSnapshot } = {}) {
  const settings: RoomSettings = {
    threshold: 1,
    drainPerSecond: undefined,
    paused: false,
    lobbyOpensAt: undefined,
    startsAt: undefined,
    drawn: false,
    clearedAt: undefined,
    ...rules,
  };
  const noTokens = { sign: () => '', read: () => [] };
  const withoutRedis = createWithoutRedis(
    noTokens,
    new PlaceMemory(),
    () => settings,
    () => others,
    TTL_MS,
  );
  return {
    hears(phase: Phase, queueSize = 0) {
      const room: RoomState = {
        born: NOW,
        kept: NOW,
        seq: 0,
        queueSize,
        inside: 0,
        servedSeq: 0,
        now: Date.now(),
        reborn: 0,
        reformed: false,
        phase,
      };
      withoutRedis.note(eventId, room);
    },
    hasLine: (afterMs = 0) => {
      vi.setSystemTime(NOW + afterMs);
      return withoutRedis.hasLine(eventId);
    },
  };
}

const lobby = { lobbyOpensAt: NOW + MINUTE, startsAt: NOW + 10 * MINUTE };
const seen = { born: 1, kept: NOW - MINUTE, seq: 5, inside: 1 };

test.each(['never', 'early'] as const)(
  'an instance that last heard of a room (%s) before its lobby opened refuses all sales from then until long after the draw',
  (heard) => {
    const { hears, hasLine } = instance({ rules: lobby });
    if (heard === 'early') hears('early');
    expect(hasLine(MINUTE - 1)).toBe(false);
    for (const after of [MINUTE, 9 * MINUTE, 10 * MINUTE, 15 * MINUTE - 1])
      expect([after, hasLine(after)]).toEqual([after, true]);
    expect(hasLine(15 * MINUTE)).toBe(false);
  },
);

test('an instance that heard of a room after its draw goes by what it heard', () => {
  const { hears, hasLine } = instance({ rules: lobby });
  expect(hasLine(9 * MINUTE)).toBe(true);
  vi.setSystemTime(NOW + 11 * MINUTE);
  hears('open', 1);
  expect(hasLine(11 * MINUTE)).toBe(true);
  hears('open');
  expect(hasLine(11 * MINUTE)).toBe(false);
});

test('an instance that heard nothing goes by the snapshot of others, as long as it can still be true', () => {
  expect(instance({ others: { ...seen, line: false } }).hasLine()).toBe(false);
  const { hears, hasLine } = instance({ others: { ...seen, line: true } });
  expect(hasLine(9 * MINUTE - 1)).toBe(true);
  expect(hasLine(9 * MINUTE)).toBe(false);
  // What the instance hears itself is newer.
  hears('open');
  expect(hasLine()).toBe(false);
});

test('a paused room counts as one with a line', () => {
  expect(instance({ rules: { paused: true } }).hasLine()).toBe(true);
  expect(instance().hasLine()).toBe(false);
});
