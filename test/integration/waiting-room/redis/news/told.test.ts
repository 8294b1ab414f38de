import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { onEachRedis } from '../../../../support/waiting-room/each-redis.ts';
import { found, instancesOn } from '../../../../support/waiting-room/news.ts';

onEachRedis('news of a room without a line', (backend) => {
  const started = instancesOn(backend);

  describe('are told', () => {
    test('when the number inside changes, and every 15 seconds while the room is in use', async () => {
      const { room, a } = started();
      const user = randomUUID();
      const told: number[] = [];
      for (let second = 0; second < 40; second++) {
        await a.enter('status', user);
        if (second === 0) await a.enter('enter', user);
        if (second === 5) await a.enter();
        if ((await a.tells()).length > 0) told.push(second);
        await room.timePasses(1);
      }
      expect(told).toEqual([0, 5, 20, 35]);
    });

    test('more often under a short time to live', async () => {
      const { room, instance } = started({ waitingTtlSeconds: 20 });
      const short = instance({ insideTtlSeconds: 20 });
      const user = randomUUID();
      await short.enter('enter', user);
      await short.tells();
      await room.timePasses(5);
      await short.enter('status', user);
      expect(await short.tells()).toHaveLength(1);
    });

    test('when another room took its place, with as many inside', async () => {
      const { room, a } = started();
      await a.enter();
      await a.tells();
      await room.flush();
      await room.timePasses(1);
      await a.enter('status');
      expect(await a.tells()).toMatchObject([[room.eventId, { inside: 1 }]]);
    });

    test('once another instance can be reached', async () => {
      const { a } = started();
      await a.enter();
      a.reachesOthers = false;
      expect([await a.tells(), a.hasAsked]).toEqual([[], 0]);
      a.reachesOthers = true;
      expect([(await a.tells()).length, a.hasAsked]).toEqual([1, 1]);
    });

    test('only of rooms without a line', async () => {
      const { room, a, b } = started({ threshold: 1 });
      const waits = randomUUID();
      await a.enter();
      await a.enter('check', waits);
      expect(await a.tells()).toEqual([]);
      a.asked();
      expect(await a.tells()).toEqual([]);
      await a.commands.leave(room.eventId, { userId: waits });
      b.hear(await a.tells());
      expect(b.commands.latest(room.eventId)).toMatchObject({ inside: 1, line: false });
    });

    // The Redis inside the process takes a second for them.
    test.runIf(backend.isReal)('500 in a message, changes before what others have asked for', async () => {
      const { room, a } = started();
      const visit = (eventId: string) => a.commands.visit(eventId, 'enter', [{ userId: room.eventId }]);
      for (let event = 0; event < 501; event++) await visit(randomUUID());
      expect([(await a.tells()).length, (await a.tells()).length, (await a.tells()).length]).toEqual([
        500, 1, 0,
      ]);
      a.asked();
      await visit(room.eventId);
      const first = await a.tells();
      expect([first.length, first[0]?.[0]]).toEqual([500, room.eventId]);
      expect([(await a.tells()).length, (await a.tells()).length]).toEqual([2, 0]);
    });

    test('to an instance that asks, from the one that knows most, and of no room that is over', async () => {
      const { room, a, b, c } = started();
      const over = randomUUID();
      await a.commands.visit(over, 'enter', [{ userId: randomUUID() }]);
      await room.timePasses(1_000);
      await a.enter();
      await room.timePasses(1);
      await b.enter();
      a.hear(await b.tells());
      a.asked();
      b.asked();
      c.hear(await a.tells());
      expect(c.commands.latest(over)).toBeUndefined();
      c.hear(await b.tells());
      await room.flush();
      expect(await found(c, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('by one of the instances that know the same', async () => {
      const { a, b, c } = started();
      await a.enter();
      const news = await a.tells();
      for (const each of [b, c]) each.hear(news);
      for (const each of [a, b, c]) each.asked();
      const answer = await b.tells();
      for (const each of [a, c]) each.hear(answer);
      expect([answer.length, (await a.tells()).length, (await c.tells()).length]).toEqual([1, 0, 0]);
    });

    test('again when an instance has missed some: it asks once', async () => {
      const { a } = started();
      await a.tells();
      await a.tells();
      expect(a.hasAsked).toBe(1);
      a.hearing();
      a.hearing();
      await a.tells();
      expect(a.hasAsked).toBe(2);
    });
  });

  test('cost Redis no command as long as they agree', async () => {
    const { room, a, b, c } = started();
    await b.enter();
    const asks = [b, c].map(({ commands }) => vi.spyOn(commands, 'visit'));
    for (const seconds of [1, 601]) {
      await room.timePasses(seconds);
      await a.enter();
      const news = await a.tells();
      for (const each of [b, c]) {
        each.hear(news);
        await each.tells();
      }
    }
    for (const ask of asks) expect(ask).not.toHaveBeenCalled();
  });

  test('a visit of no users makes no room', async () => {
    const { room, a } = started();
    expect(await a.commands.visit(room.eventId, 'status', [])).toMatchObject({ standings: [] });
    expect((await room.look()).ends).toEqual({});
  });
});
