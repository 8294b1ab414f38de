import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMockRedis } from '../../src/embedded/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWaitingRoom } from '../support/waiting-room.ts';

let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());

const people = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
/** The imitation is a hundred times slower: a crowd is smaller there. */
const backends: [string, number, () => Redis][] = [
  ['a real Redis', 1_100, () => server.client.duplicate()],
  ['the Redis inside the process', 60, createMockRedis],
];

describe.each(backends)('the waiting room on %s', (_name, crowd, connect) => {
  /** Of two instances. */
  let clients: [Redis, Redis];
  beforeAll(() => {
    clients = [connect(), connect()];
  });
  afterAll(() => {
    for (const redis of clients) redis.disconnect();
  });
  const open = (options?: Parameters<typeof openWaitingRoom>[1], instance: 0 | 1 = 0) =>
    openWaitingRoom(clients[instance], options);

  /** Everybody at once, by two instances; how many were told that they are inside. */
  async function rush(check: (instance: number, userId: string) => Promise<{ state: string }>, count = 60) {
    const answers = await Promise.all(people(count).map((userId, index) => check(index % 2, userId)));
    return answers.filter(({ state }) => state === 'inside').length;
  }

  test('lets in exactly as many as the threshold allows, however many come at once', async () => {
    const one = open({ threshold: 10 });
    const other = open({ threshold: 10, eventId: one.eventId }, 1);
    const { eventId } = one;
    const inside = await rush((instance, userId) => (instance ? one : other).commands.check(eventId, userId));
    expect(inside).toBe(10);
    expect(await one.commands.overview(eventId)).toEqual({ queueSize: 50, currentUsers: 10 });
  });

  test('the control: a check in two round trips oversteps the threshold in the same rush', async () => {
    const key = `test:${randomUUID()}`;
    const inside = await rush(async (instance, userId) => {
      const redis = clients[instance] as Redis;
      if ((await redis.zcard(key)) >= 10) return { state: 'waiting' };
      await redis.zadd(key, 1, userId);
      return { state: 'inside' };
    });
    expect(inside).toBeGreaterThan(10);
  });

  test('admits exactly as many as there is room for, however many admit at once, and each once', async () => {
    const one = open({ threshold: 10 });
    const other = open({ threshold: 10, eventId: one.eventId }, 1);
    const { eventId } = one;
    const first = people(10);
    for (const userId of first) await one.commands.check(eventId, userId);
    const line = people(30);
    for (const userId of line) await one.commands.check(eventId, userId);
    for (const userId of first.slice(0, 7)) await one.commands.leave(eventId, userId);
    const admissions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).commands.admit(eventId)),
    );
    expect(admissions.flatMap(({ admitted }) => admitted)).toEqual(line.slice(0, 7));
    expect((await one.inside()).length).toBe(10);
  });

  test('keeps the order of arrival, also of those who come in the same millisecond', async () => {
    const room = open({ threshold: 0 });
    const line = people(crowd);
    const started = performance.now();
    const standings = await Promise.all(line.map((userId) => room.commands.check(room.eventId, userId)));
    const tookMs = performance.now() - started;
    expect(standings.map(({ position }) => position)).toEqual(line.map((_, index) => index + 1));
    expect(await room.waiting()).toEqual(line);
    // More people than milliseconds: some did come in the same one.
    if (crowd > 1_000) expect(tookMs).toBeLessThan(crowd);
  });

  test('nobody overtakes the line, also while there is room', async () => {
    const room = open({ threshold: 2 });
    const { commands, eventId } = room;
    const [a, b, c, d, e] = people(5) as [string, string, string, string, string];
    for (const userId of [a, b, c]) await commands.check(eventId, userId);
    await commands.leave(eventId, a);
    expect(await commands.check(eventId, d)).toMatchObject({
      state: 'waiting',
      position: 2,
      currentUsers: 1,
    });
    expect((await commands.enter(eventId, [e])).states).toEqual(['outside']);
    expect((await commands.check(eventId, c)).state).toBe('waiting');
    expect((await commands.admit(eventId)).admitted).toEqual([c]);
    expect(await room.waiting()).toEqual([d]);
  });

  test('entering without joining takes a free place, and makes no line', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId } = room;
    const [a, b] = people(2) as [string, string];
    expect(await commands.enter(eventId, [a])).toMatchObject({ states: ['inside'], currentUsers: 1 });
    expect(await commands.enter(eventId, [a])).toMatchObject({ states: ['inside'], currentUsers: 1 });
    expect(await commands.enter(eventId, [b])).toMatchObject({ states: ['outside'], queueSize: 0 });
    expect(await room.waiting()).toEqual([]);
  });

  test('asking again changes nothing: check, status and leave', async () => {
    const { commands, eventId } = open({ threshold: 1 });
    const [a, b, c] = people(3) as [string, string, string];
    await commands.check(eventId, a);
    const inside = { state: 'inside', position: 0, queueSize: 2, currentUsers: 1, estimatedWait: 0 };
    await commands.check(eventId, b);
    const second = await commands.check(eventId, c);
    expect(second).toMatchObject({ state: 'waiting', position: 2, queueSize: 2, currentUsers: 1 });
    for (const ask of [commands.check, commands.status]) {
      expect(await ask(eventId, a)).toEqual(inside);
      expect(await ask(eventId, c)).toEqual(second);
    }
    expect(await commands.leave(eventId, b)).toBe(true);
    expect(await commands.leave(eventId, b)).toBe(false);
    expect(await commands.status(eventId, b)).toMatchObject({
      state: 'outside',
      position: 0,
      estimatedWait: 0,
    });
    expect(await commands.status(eventId, c)).toMatchObject({ state: 'waiting', position: 1, queueSize: 1 });
  });

  test('contact renews a place and silence ends it, each for itself, inside and in line', async () => {
    const room = open({ threshold: 2 });
    const { commands, eventId } = room;
    const [inside, silentInside, waiting, silentWaiting, touched] = people(5) as [
      string,
      string,
      string,
      string,
      string,
    ];
    for (const userId of [inside, silentInside, silentWaiting, waiting, touched])
      await commands.check(eventId, userId);
    await room.timePasses(200);
    await commands.check(eventId, inside);
    await commands.status(eventId, waiting);
    expect(await commands.touch(eventId, [touched, randomUUID()])).toBe(1);
    await room.timePasses(110);
    expect(await commands.overview(eventId)).toEqual({ queueSize: 2, currentUsers: 1 });
    expect(await room.inside()).toEqual([inside]);
    expect(await room.waiting()).toEqual([waiting, touched]);
    expect((await commands.status(eventId, silentWaiting)).state).toBe('outside');
    expect((await commands.status(eventId, silentInside)).state).toBe('outside');
  });

  test('who comes too late is not brought back by a touch, nor counted as leaving', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId } = room;
    const [a, b, c] = people(3) as [string, string, string];
    for (const userId of [a, b, c]) await commands.check(eventId, userId);
    await room.timePasses(310);
    expect(await commands.touch(eventId, [a, b])).toBe(0);
    expect(await commands.leave(eventId, c)).toBe(false);
  });

  test('nobody who fell silent is admitted, also where more did than are reaped at once', async () => {
    const room = open({ threshold: 5 });
    const { commands, eventId } = room;
    const inside = people(5);
    const gone = people(crowd);
    await Promise.all([...inside, ...gone].map((userId) => commands.check(eventId, userId)));
    await room.timePasses(200);
    const present = people(3);
    for (const userId of present) await commands.check(eventId, userId);
    await room.timePasses(110);
    const admitted: string[] = [];
    for (let round = 0; round < 50 && admitted.length < 3; round++) {
      admitted.push(...(await commands.admit(eventId)).admitted);
    }
    expect(admitted).toEqual(present);
  });

  test('no key is without an end, and none is left after everybody fell silent', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId } = room;
    const [a, b] = people(2) as [string, string];
    const expectEnds = async () => {
      const ends = Object.values(await room.keys());
      expect(ends.every((seconds) => seconds > 0 && seconds <= 600)).toBe(true);
    };
    await commands.status(eventId, a);
    await commands.overview(eventId);
    await commands.admit(eventId);
    await commands.touch(eventId, [a]);
    await commands.leave(eventId, a);
    expect(await room.keys()).toEqual({});
    for (const step of [
      () => commands.check(eventId, a),
      () => commands.admit(eventId),
      () => commands.check(eventId, b),
      () => commands.leave(eventId, a),
      () => commands.admit(eventId),
      () => commands.leave(eventId, b),
      () => commands.admit(eventId),
    ]) {
      await step();
      await expectEnds();
    }
    await commands.check(eventId, a);
    await room.timePasses(610);
    expect(await room.keys()).toEqual({});
    await commands.check(eventId, a);
    await commands.clear(eventId);
    expect(await room.keys()).toEqual({});
  });

  test('one state is announced once, by one of those who saw it, and at most once a tick', async () => {
    const one = open({ threshold: 1, tickMs: 60_000 });
    const { eventId, commands } = one;
    const other = open({ threshold: 1, tickMs: 60_000, eventId }, 1).commands;
    const [a, b] = people(2) as [string, string];
    await commands.check(eventId, a);
    await commands.check(eventId, b);
    const announce = async () =>
      (await Promise.all([commands.admit(eventId), other.admit(eventId)]))
        .map((admission) => admission.announce)
        .sort();
    expect(await announce()).toEqual(['no', 'now']);
    await commands.leave(eventId, a);
    expect(await announce()).toEqual(['later', 'later']);
    await one.timePasses(70);
    expect(await announce()).toEqual(['no', 'now']);
    await commands.leave(eventId, b);
    await one.timePasses(70);
    expect(await announce()).toEqual(['no', 'now']);
    expect(await announce()).toEqual(['no', 'no']);
  });

  test('the estimate follows the measured rate of admissions, and starts anew with a new line', async () => {
    const room = open({ threshold: 4 });
    const { commands, eventId } = room;
    const line = people(44);
    for (const userId of line) await commands.check(eventId, userId);
    const last = line.at(-1) as string;
    // Nothing is measured yet: as if each of the four stayed for the whole 300 s.
    expect(await commands.status(eventId, last)).toMatchObject({ position: 40, estimatedWait: 40 * 75 });

    const admitTwo = async () => {
      for (const userId of (await room.inside()).slice(0, 2)) await commands.leave(eventId, userId);
      return (await commands.admit(eventId)).admitted.length;
    };
    const contact = () => commands.touch(eventId, line);
    for (let step = 0; step < 16; step++) {
      await room.timePasses(10);
      await contact();
      expect(await admitTwo()).toBe(2);
    }
    // Two in ten seconds, for 160 s; the measurement is of the last 120.
    const { position, estimatedWait } = await commands.status(eventId, last);
    expect(position).toBe(8);
    expect(estimatedWait / (position / 0.2)).toBeGreaterThan(0.85);
    expect(estimatedWait / (position / 0.2)).toBeLessThan(1.15);

    // Long enough to be measured again; what the line before moved says nothing of this one.
    for (const userId of line) await commands.leave(eventId, userId);
    for (const userId of people(5)) await commands.check(eventId, userId);
    await room.timePasses(20);
    const [first] = (await room.waiting()) as [string];
    expect(await commands.status(eventId, first)).toMatchObject({ position: 1, estimatedWait: 75 });
  });

  test('clear sends everybody home, and the next one enters', async () => {
    const { commands, eventId } = open({ threshold: 1 });
    for (const userId of people(3)) await commands.check(eventId, userId);
    expect(await commands.clear(eventId)).toBe(3);
    expect(await commands.clear(eventId)).toBe(0);
    expect(await commands.check(eventId, randomUUID())).toMatchObject({ state: 'inside', currentUsers: 1 });
  });
});
