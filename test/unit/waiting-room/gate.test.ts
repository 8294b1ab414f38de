import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../src/errors/unavailable.ts';
import { createGate } from '../../../src/waiting-room/admission/gate.ts';

const eventId = randomUUID();
const ROOM = 10;

/** A gate whose Redis is late. This instance last heard of room for ten users. */
function lateGate() {
  const asked: PromiseWithResolvers<unknown>[] = [];
  const visits = {
    all() {
      const answer = Promise.withResolvers<unknown>();
      asked.push(answer);
      return answer.promise;
    },
  };
  const withoutRedis = { isInside: () => false, roomLeft: () => ROOM, mayGoOn: () => true };
  const health = { answers: true, failed: vi.fn(), inTime: async () => undefined };
  const gate = createGate(visits as never, withoutRedis as never, health, pino({ level: 'silent' }));
  return {
    asked,
    /** How many of eight newcomers go on at once. */
    async goOn() {
      const refusals = await gate.refusals(
        Array.from({ length: 8 }, () => ({ eventId, userId: randomUUID() })),
      );
      return refusals.filter((refusal) => refusal === undefined).length;
    },
  };
}

const inside = Array.from({ length: 8 }, () => ({ room: { phase: 'open' }, standing: { state: 'inside' } }));
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('newcomers take half of the room while Redis is late, and the next ones as much once it has answered', async () => {
  const { asked, goOn } = lateGate();
  for (let round = 0; round < 3; round++) {
    expect([await goOn(), await goOn()]).toEqual([ROOM / 2, 0]);
    asked.shift()?.resolve(inside);
    asked.shift()?.reject(new UnavailableError('Redis is away'));
    await nextTurn();
  }
});

test('no newcomer goes on after Redis has refused one', async () => {
  const { asked, goOn } = lateGate();
  expect(await goOn()).toBe(ROOM / 2);
  const [first, ...others] = inside;
  const refused = { room: { phase: 'open', queueSize: 0 }, standing: { state: 'outside' } };
  asked.shift()?.resolve([refused, ...others]);
  await nextTurn();
  expect(await goOn()).toBe(0);
  asked.shift()?.resolve([first, ...others]);
  await nextTurn();
  expect(await goOn()).toBe(ROOM / 2);
});
