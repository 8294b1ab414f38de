import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';

onEachRedis('the waiting room', ({ open, clients, crowd, isReal }) => {
  /** Sends everybody at once to two instances. @returns how many were told that they are inside */
  async function rush(check: (instance: number, userId: string) => Promise<{ state: string }>, count = 60) {
    const answers = await Promise.all(people(count).map((userId, index) => check(index % 2, userId)));
    return answers.filter(({ state }) => state === 'inside').length;
  }

  test('fills the threshold exactly, however many people come at once', async () => {
    const one = open({ threshold: 10 });
    const other = open({ threshold: 10, eventId: one.eventId }, true);
    const inside = await rush((instance, userId) => (instance ? one : other).visit('check', userId));
    expect(inside).toBe(10);
    const { room } = await one.commands.overview(one.eventId);
    expect(room).toMatchObject({ queueSize: 50, inside: 10 });
  });

  test('the control: a check in two round trips passes the threshold in the same rush', async () => {
    const key = `test:${randomUUID()}`;
    const inside = await rush(async (instance, userId) => {
      const redis = clients()[instance] as Redis;
      if ((await redis.zcard(key)) >= 10) return { state: 'waiting' };
      await redis.zadd(key, 1, userId);
      return { state: 'inside' };
    });
    expect(inside).toBeGreaterThan(10);
  });

  test('admits exactly as many people as there are free places, each once, however many instances admit at once', async () => {
    const one = open({ threshold: 10 });
    const other = open({ threshold: 10, eventId: one.eventId }, true);
    const first = people(10);
    const line = people(30);
    await one.visitAll('check', [...first, ...line]);
    for (const userId of first.slice(0, 7)) await one.commands.leave(one.eventId, { userId });
    const admissions = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).commands.admit(one.eventId)),
    );
    const admitted = admissions.flatMap((admission) => admission.admitted.map(({ userId }) => userId));
    expect(admitted).toEqual(line.slice(0, 7));
    expect((await one.look()).inside.length).toBe(10);
  });

  test('keeps the order of arrival, also within one millisecond', async () => {
    const room = open({ threshold: 0 });
    const [one, other] = [people(crowd / 2), people(crowd / 2)];
    const visits = await Promise.all(one.map((userId) => room.visit('check', userId)));
    // These come in one script, and so at one time.
    const standings = [...visits, ...(await room.visitAll('check', other))];
    const inOrder = standings.map((_, index) => index + 1);
    expect(standings.map(({ position }) => position)).toEqual(inOrder);
    expect(standings.map(({ sequence }) => sequence)).toEqual(inOrder);
    expect((await room.look()).line.map(({ userId }) => userId)).toEqual([...one, ...other]);
  });

  test('a newcomer never overtakes the line, even while there is room inside', async () => {
    const room = open({ threshold: 2 });
    const [a, b, c, d, e] = people(5) as [string, string, string, string, string];
    await room.visitAll('check', [a, b, c]);
    await room.commands.leave(room.eventId, { userId: a });
    expect(await room.visit('check', d)).toMatchObject({
      state: 'waiting',
      position: 2,
      room: { inside: 1 },
    });
    expect(await room.visit('enter', e)).toMatchObject({ state: 'outside', position: 3 });
    expect((await room.visit('check', c)).state).toBe('waiting');
    expect(await room.commands.admit(room.eventId)).toMatchObject({ admitted: [{ userId: c }] });
    expect((await room.look()).line).toMatchObject([{ userId: d }]);
  });

  test('a lower threshold puts nobody out, and lets in nobody until there is room', async () => {
    const room = open({ threshold: 3 });
    const [a, b, c, d] = people(4) as [string, string, string, string];
    await room.visitAll('check', [a, b, c, d]);
    room.rules.threshold = 1;
    for (const leaver of [a, b]) {
      expect((await room.commands.admit(room.eventId)).admitted).toEqual([]);
      expect((await room.visit('check', c)).state).toBe('inside');
      await room.commands.leave(room.eventId, { userId: leaver });
    }
    expect((await room.commands.admit(room.eventId)).admitted).toEqual([]);
    await room.commands.leave(room.eventId, { userId: c });
    expect(await room.commands.admit(room.eventId)).toMatchObject({ admitted: [{ userId: d }] });
  });

  test('entering without joining takes a free place and makes no line', async () => {
    const room = open({ threshold: 1 });
    const [a, b] = people(2) as [string, string];
    for (let time = 0; time < 2; time++)
      expect(await room.visit('enter', a)).toMatchObject({ state: 'inside', room: { inside: 1 } });
    expect(await room.visit('enter', b)).toMatchObject({
      state: 'outside',
      position: 1,
      room: { queueSize: 0 },
    });
    expect((await room.look()).line).toEqual([]);
  });

  test('a repeated check, status, enter or leave changes nothing, on any instance', async () => {
    const room = open({ threshold: 1 });
    const { eventId } = room;
    const other = open({ threshold: 1, eventId }, true);
    const [a, b, c] = people(3) as [string, string, string];
    await room.visitAll('check', [a, b]);
    const joined = await room.visit('check', c);
    expect(joined).toMatchObject({ state: 'waiting', position: 2, sequence: 2, joined: true });
    const before = await room.look();
    for (const { visit } of [room, other, room])
      for (const mode of ['check', 'status', 'enter'] as const) {
        expect(await visit(mode, a)).toMatchObject({ state: 'inside', position: 0, called: false });
        expect(await visit(mode, c)).toMatchObject({ state: 'waiting', position: 2, joined: false });
      }
    expect(await room.look()).toMatchObject({ line: before.line, inside: before.inside });
    expect((await room.commands.leave(eventId, { userId: b })).had).toBe('waiting');
    expect((await other.commands.leave(eventId, { userId: b })).had).toBe('nothing');
    expect((await room.visit('status', b)).state).toBe('outside');
    expect(await room.visit('status', c)).toMatchObject({ position: 1, sequence: 2, room: { queueSize: 1 } });
  });

  test('people in one command get the same answers as one by one', async () => {
    const [together, alone] = [open({ threshold: 2 }), open({ threshold: 2 })];
    const crowded = people(6);
    const standings = await together.visitAll('check', [...crowded, crowded[4] as string]);
    for (const [index, userId] of [...crowded, crowded[4] as string].entries())
      expect(await alone.visit('check', userId)).toMatchObject({
        ...standings[index],
        estimatedWait: expect.any(Number),
        estimatedWaitRange: expect.anything(),
      });
  });

  test('a state is announced by one of the instances that saw it, and at most once a tick', async () => {
    const one = open({ threshold: 1, tickMs: 10_000 });
    const { eventId, commands } = one;
    const other = one.instance({ redis: clients()[1] });
    const [a, b] = people(2) as [string, string];
    await one.visitAll('check', [a, b]);
    const announce = async () =>
      (await Promise.all([commands.admit(eventId), other.admit(eventId)]))
        .map((admission) => admission.announce)
        .sort();
    expect(await announce()).toEqual(['no', 'now']);
    await commands.leave(eventId, { userId: a });
    expect(await announce()).toEqual(['later', 'later']);
    await one.timePasses(20);
    expect(await announce()).toEqual(['no', 'now']);
    await commands.leave(eventId, { userId: b });
    await one.timePasses(20);
    expect(await announce()).toEqual(['no', 'now']);
    expect(await announce()).toEqual(['no', 'no']);
  });

  test('every command measures how fast places become free, so that the estimate does not depend on which ones were used', async () => {
    const { commands, eventId, visitAll, timePasses, now } = open({ threshold: 2 });
    const crowd = people(4);
    await visitAll('check', crowd);
    for (const command of [
      () => commands.visit(eventId, 'status', [{ userId: crowd[0] as string }]),
      () => commands.leave(eventId, { userId: crowd[1] as string }),
      () => commands.admit(eventId),
      () => commands.sweep(eventId),
      () => commands.overview(eventId),
      () => commands.close(eventId),
      () => commands.load(eventId, 1, []),
      () => commands.draw(eventId),
      () => commands.clear(eventId),
    ]) {
      await timePasses(1);
      await command();
      const measuredAt = await clients()[0].hget(`test:{${eventId}}:state`, 'rateAt');
      expect(Number(measuredAt)).toBe(now());
    }
  });

  test('a clear empties the room, and the next person enters', async () => {
    const { commands, eventId, visit, visitAll } = open({ threshold: 1 });
    await visitAll('check', people(3));
    expect((await commands.clear(eventId)).people).toBe(3);
    expect((await commands.clear(eventId)).people).toBe(0);
    expect(await visit('check', randomUUID())).toMatchObject({ state: 'inside', room: { inside: 1 } });
  });

  test.runIf(isReal)('a person in line takes less than 200 bytes of Redis in all', async () => {
    const room = open({ threshold: 1_000 });
    const count = 20_000;
    await room.visitAll('check', people(count));
    const names = Object.keys((await room.look()).ends);
    const sizes = await Promise.all(
      names.map((name) => clients()[0].memory('USAGE', `test:{${room.eventId}}:${name}`, 'SAMPLES', 0)),
    );
    const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    expect(bytes / count).toBeLessThan(200);
  });
});
