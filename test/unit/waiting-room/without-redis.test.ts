import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomSnapshot } from '../../../src/database/schema.ts';
import { PlaceMemory } from '../../../src/waiting-room/recovery/place-memory.ts';
import { createWithoutRedis } from '../../../src/waiting-room/recovery/without-redis.ts';
import type { Phase, RoomSettings, RoomState } from '../../../src/waiting-room/types.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const TTL_MS = 5 * MINUTE;
const TTL_SECONDS = TTL_MS / 1_000;
const eventId = randomUUID();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW);
});
afterEach(() => void vi.useRealTimers());

const room = (): RoomState => ({
  born: NOW,
  kept: NOW,
  seq: 0,
  queueSize: 0,
  inside: 0,
  servedSeq: 0,
  now: Date.now(),
  reborn: 0,
  reformed: false,
  arrived: 0,
  abandoned: 0,
  phase: 'open',
});

/** An instance whose Redis is away. */
function instance({ rules, others }: { rules?: Partial<RoomSettings>; others?: RoomSnapshot } = {}) {
  const settings: RoomSettings = {
    threshold: 1,
    drainPerSecond: undefined,
    paused: false,
    waitingTtlSeconds: 2 * TTL_SECONDS,
    lobbyOpensAt: undefined,
    startsAt: undefined,
    drawn: false,
    clearedAt: undefined,
    ...rules,
  };
  const noTokens = { sign: () => '', read: () => [] };
  const memory = new PlaceMemory();
  const withoutRedis = createWithoutRedis(
    noTokens,
    memory,
    () => settings,
    () => others,
    { insideTtlSeconds: TTL_SECONDS },
  );
  return {
    /** The user is seen inside at this moment. */
    enters(userId: string) {
      const estimatedWaitRange = { min: 0, max: 0 };
      const place = { sequence: 0, position: 0, estimatedWait: 0, estimatedWaitRange };
      memory.note(eventId, userId, { state: 'inside', called: false, joined: false, ...place }, room());
    },
    hears(phase: Phase, queueSize = 0, reborn = 0) {
      withoutRedis.note(eventId, { ...room(), queueSize, reborn, phase });
    },
    hasLine: (afterMs = 0) => {
      vi.setSystemTime(NOW + afterMs);
      return withoutRedis.hasLine(eventId);
    },
    mayGoOn: (userId: string) => withoutRedis.mayGoOn(eventId, { userId }),
    roomLeft: () => withoutRedis.roomLeft(eventId),
  };
}

const lobby = { lobbyOpensAt: NOW + MINUTE, startsAt: NOW + 10 * MINUTE };
const seen = { born: 1, kept: NOW - MINUTE, seq: 5, inside: 1, ttl: 2 * TTL_MS };

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

test('a line that others knew counts for as long as the event keeps the places of silent users', () => {
  const rules = { waitingTtlSeconds: 7_200 };
  const { hasLine } = instance({ rules, others: { ...seen, line: true } });
  expect(hasLine(119 * MINUTE - 1)).toBe(true);
  expect(hasLine(119 * MINUTE)).toBe(false);
});

test.each(['itself', 'from others'] as const)(
  'a line that an instance knew (%s) still counts while the room forms again without it, and no longer than that',
  (how) => {
    const { hears, hasLine } = instance({ others: { ...seen, line: how === 'from others' } });
    if (how === 'itself') hears('open', 3);
    vi.setSystemTime(NOW + 6 * MINUTE);
    const reborn = Date.now();
    // As the first command after a long pause answers, which sweeps the silent line.
    hears('open', 0, reborn);
    expect(hasLine(6 * MINUTE)).toBe(true);
    vi.setSystemTime(NOW + 15 * MINUTE);
    hears('open', 0, reborn);
    expect(hasLine(16 * MINUTE - 1)).toBe(true);
    // No command tells that the time is over: no user may be left who asks.
    expect(hasLine(16 * MINUTE)).toBe(false);
    hears('open', 1, reborn);
    expect(hasLine(16 * MINUTE)).toBe(true);
    hears('open');
    expect(hasLine(16 * MINUTE)).toBe(false);
  },
);

test('a room that forms again after it had no line sells to all users', () => {
  const { hears, hasLine } = instance({ others: { ...seen, line: true } });
  hears('open');
  hears('open', 0, NOW);
  expect(hasLine()).toBe(false);
});

test('users inside go on while the room forms again, though their time ran out meanwhile', () => {
  const { hears, enters, mayGoOn } = instance();
  const [stranger, longAgo, before, since] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const at = (minute: number) => vi.setSystemTime(NOW + minute * MINUTE);
  const whoGoOn = () => [stranger, longAgo, before, since].map(mayGoOn);
  enters(longAgo);
  at(5);
  enters(before);
  hears('open', 3);
  at(11);
  for (let time = 0; time < 2; time++) {
    hears('open', 0, NOW + 11 * MINUTE);
    expect(whoGoOn()).toEqual([false, false, true, false]);
  }
  at(12);
  enters(since);
  at(16);
  hears('open', 3, NOW + 11 * MINUTE);
  // From here on Redis itself takes no entry from before the loss.
  expect(whoGoOn()).toEqual([false, false, false, true]);
  at(17);
  hears('open', 3, NOW + 11 * MINUTE);
  expect(whoGoOn()).toEqual([false, false, false, false]);
});

test('what had run out before a second loss stays void', () => {
  const { hears, enters, mayGoOn } = instance();
  const userId = randomUUID();
  enters(userId);
  hears('open', 3);
  vi.setSystemTime(NOW + 6 * MINUTE);
  hears('open', 3, NOW + 6 * MINUTE);
  expect(mayGoOn(userId)).toBe(true);
  vi.setSystemTime(NOW + 8 * MINUTE);
  hears('open', 3, NOW + 8 * MINUTE);
  expect(mayGoOn(userId)).toBe(false);
});

test('a paused room counts as one with a line', () => {
  expect(instance({ rules: { paused: true } }).hasLine()).toBe(true);
  expect(instance().hasLine()).toBe(false);
});

test('there is room for newcomers if this instance heard so a moment ago, and no user waited', () => {
  const { hears, roomLeft } = instance({ rules: { threshold: 8 } });
  expect(roomLeft()).toBe(0);
  hears('open', 1);
  expect(roomLeft()).toBe(0);
  hears('open');
  expect(roomLeft()).toBe(8);
  vi.setSystemTime(NOW + 2_001);
  expect(roomLeft()).toBe(0);
});

test('only Redis says whether there is room while a room forms again, and in one that lets in so many a second', () => {
  const reborn = instance({ rules: { threshold: 8 } });
  reborn.hears('open', 0, NOW);
  expect(reborn.roomLeft()).toBe(0);
  const drained = instance({ rules: { threshold: 8, drainPerSecond: 1 } });
  drained.hears('open');
  expect(drained.roomLeft()).toBe(0);
});
