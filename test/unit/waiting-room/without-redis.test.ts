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

/** An instance that Redis tells nothing any more. */
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
    saw(phase: Phase, queueSize = 0) {
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
  'an instance that heard of a room (%s) before its lobby opened sells to nobody from then until the lot is long over',
  (heard) => {
    const { saw, hasLine } = instance({ rules: lobby });
    if (heard === 'early') saw('early');
    expect(hasLine(MINUTE - 1)).toBe(false);
    for (const after of [MINUTE, 9 * MINUTE, 10 * MINUTE, 15 * MINUTE - 1])
      expect([after, hasLine(after)]).toEqual([after, true]);
    expect(hasLine(15 * MINUTE)).toBe(false);
  },
);

test('one that heard of it after the lot knows what it heard', () => {
  const { saw, hasLine } = instance({ rules: lobby });
  expect(hasLine(9 * MINUTE)).toBe(true);
  vi.setSystemTime(NOW + 11 * MINUTE);
  saw('open', 1);
  expect(hasLine(11 * MINUTE)).toBe(true);
  saw('open');
  expect(hasLine(11 * MINUTE)).toBe(false);
});

test('one that heard nothing yet goes by what others noted, for as long as that may be so', () => {
  expect(instance({ others: { ...seen, line: false } }).hasLine()).toBe(false);
  const { saw, hasLine } = instance({ others: { ...seen, line: true } });
  expect(hasLine(9 * MINUTE - 1)).toBe(true);
  expect(hasLine(9 * MINUTE)).toBe(false);
  // What it hears itself is newer.
  saw('open');
  expect(hasLine()).toBe(false);
});

test('a pause is a line', () => {
  expect(instance({ rules: { paused: true } }).hasLine()).toBe(true);
  expect(instance().hasLine()).toBe(false);
});
