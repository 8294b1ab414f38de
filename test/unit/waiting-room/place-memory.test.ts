import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { PlaceMemory } from '../../../src/waiting-room/recovery/place-memory.ts';
import type { RoomState, Standing } from '../../../src/waiting-room/types.ts';

const eventId = randomUUID();
const userId = randomUUID();

function memoryOf(...noted: [state: Standing['state'], now: number, reborn?: number][]): PlaceMemory {
  const memory = new PlaceMemory();
  for (const [state, now, reborn = 0] of noted)
    memory.note(eventId, userId, { state, sequence: 7 } as Standing, { now, reborn } as RoomState);
  return memory;
}

test('a place is remembered until the user is seen outside, although the news that they left were lost', () => {
  expect(memoryOf(['waiting', 100]).of(eventId, userId)).toEqual({ kind: 'waiting', at: 100, sequence: 7 });
  expect(memoryOf(['waiting', 100], ['outside', 200]).has(eventId, userId)).toBe(false);
  expect(memoryOf(['inside', 100], ['outside', 200]).has(eventId, userId)).toBe(false);
});

test('a place that Redis has lost is remembered, although the user is outside now', () => {
  expect(memoryOf(['waiting', 100], ['outside', 200, 150]).has(eventId, userId)).toBe(true);
  expect(memoryOf(['waiting', 100], ['claim', 200, 150]).has(eventId, userId)).toBe(true);
  // Back in line after the loss, and then gone.
  const gone = memoryOf(['waiting', 100], ['waiting', 200, 150], ['outside', 300, 150]);
  expect(gone.has(eventId, userId)).toBe(false);
});

test('a user who left stays forgotten', () => {
  const memory = memoryOf(['waiting', 100]);
  memory.forget(eventId, userId, 200);
  expect(memory.has(eventId, userId)).toBe(false);
  memory.note(eventId, userId, { state: 'outside' } as Standing, { now: 300, reborn: 0 } as RoomState);
  expect(memory.leftAt(eventId, userId)).toBe(200);
});
