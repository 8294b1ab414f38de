import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createGate } from '../../../src/waiting-room/admission/gate.ts';
import type { Visits } from '../../../src/waiting-room/contact/visits.ts';
import type { WithoutRedis } from '../../../src/waiting-room/recovery/without-redis.ts';
import type { Person, Visit } from '../../../src/waiting-room/types.ts';

const inside = { room: { phase: 'open' }, standing: { state: 'inside' } } as Visit;

/** A gate in front of waiting rooms that let in every user, each call when the test says so. */
function openGate() {
  const calls: { eventId: string; users: string[]; answer(): void }[] = [];
  const all = (eventId: string, _mode: string, people: Person[]) =>
    new Promise<Visit[]>((resolve) => {
      const users = people.map(({ userId }) => userId);
      calls.push({ eventId, users, answer: () => resolve(people.map(() => inside)) });
    });
  const health = { answers: true, failed: () => undefined };
  const withoutRedis = { hasLine: () => false } as unknown as WithoutRedis;
  const gate = createGate({ all } as unknown as Visits, withoutRedis, health, pino({ level: 'silent' }));
  return { gate, calls };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('an event whose answer takes long keeps the buyers of no other event waiting', async () => {
  const { gate, calls } = openGate();
  const slow = gate.requireEntry('slow', 'a');
  await nextTurn();
  const quick = gate.requireEntry('quick', 'b');
  await nextTurn();
  expect(calls.map(({ eventId }) => eventId)).toEqual(['slow', 'quick']);
  calls[1]?.answer();
  await quick;
  calls[0]?.answer();
  await slow;
});

test('buyers of one event who ask while a call is under way share the next one', async () => {
  const { gate, calls } = openGate();
  const entries = [gate.requireEntry('event', 'a')];
  await nextTurn();
  entries.push(gate.requireEntry('event', 'b'), gate.requireEntry('event', 'c'));
  await nextTurn();
  expect(calls).toHaveLength(1);
  calls[0]?.answer();
  await entries[0];
  await nextTurn();
  expect(calls.map(({ users }) => users)).toEqual([['a'], ['b', 'c']]);
  calls[1]?.answer();
  await Promise.all(entries);
});
