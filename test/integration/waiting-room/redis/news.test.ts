import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import type { RoomSnapshot } from '../../../../src/database/schema.ts';
import { onEachRedis } from '../../../support/waiting-room/each-redis.ts';
import { type NewsInstance, startNews } from '../../../support/waiting-room/news.ts';
import type { WaitingRoom } from '../../../support/waiting-room/room-harness.ts';

onEachRedis('news of a room without a line', ({ open, clients, isReal }) => {
  function started(options: Parameters<typeof open>[0] = {}) {
    const room = open({ threshold: 3, ...options });
    const instance = startNews(room);
    /** ms for which the second instance could not reach Redis. */
    const away = { ms: 0 };
    const second = { redis: clients()[1], awayMs: () => away.ms };
    return { room, away, instance, a: instance(), b: instance(second), c: instance() };
  }

  /** What an instance finds: whether it noticed a loss, and how many are inside. */
  async function found({ commands }: NewsInstance, { eventId }: WaitingRoom) {
    const { room } = await commands.overview(eventId);
    return { reformed: room.reformed, inside: room.inside };
  }

  describe('let an instance without contact notice its loss', () => {
    test('with as many inside as there were', async () => {
      const { room, a, b } = started();
      await a.enter();
      b.hear(await a.tells());
      await room.timePasses(1);
      await a.enter();
      b.hear(await a.tells());
      await room.flush();
      expect(await found(b, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('when they passed each other', async () => {
      const { room, a, b, c } = started();
      const leaver = randomUUID();
      await a.enter('enter', leaver);
      await a.enter();
      await room.timePasses(1);
      await b.commands.leave(room.eventId, { userId: leaver });
      const [older, newer] = [await a.tells(), await b.tells()];
      for (const news of [newer, older]) c.hear(news);
      expect(c.commands.latest(room.eventId)?.inside).toBe(1);
      a.hear(newer);
      b.hear(older);
      await room.timePasses(1);
      // As many as in the older message, but a change all the same.
      await b.enter();
      c.hear(await b.tells());
      await room.flush();
      expect(await found(c, room)).toEqual({ reformed: true, inside: 2 });
    });

    test.each([0.1, 0])('when one undid another that was told after it (%s s later)', async (later) => {
      const { room, a, b, c } = started();
      const leaver = randomUUID();
      for (const user of [leaver, randomUUID()]) await a.enter('enter', user);
      const both = await a.tells();
      for (const each of [b, c]) each.hear(both);
      await room.timePasses(1);
      await a.commands.leave(room.eventId, { userId: leaver });
      await room.timePasses(later);
      await b.enter();
      const left = await a.tells();
      for (const each of [b, c]) each.hear(left);
      c.hear(await b.tells());
      await room.flush();
      expect(await found(c, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('on a clock that stands still, because it was set back', async () => {
      const { room, a, b } = started();
      await a.enter();
      b.hear(await a.tells());
      await room.timePasses(-60);
      await a.enter();
      b.hear(await a.tells());
      await room.flush();
      expect(await found(b, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('on a Redis whose clock is an hour behind that of the one before', async () => {
      const { room, a, b } = started();
      await a.enter();
      b.hear(await a.tells());
      await b.enter();
      await room.flush();
      await room.timePasses(-3_600);
      for (let user = 0; user < 3; user++) await a.enter('enter');
      const before = a.commands.latest(room.eventId)?.inside as number;
      b.hear(await a.tells());
      await b.tells();
      await room.flush();
      expect(before).toBeGreaterThan(0);
      expect((await found(b, room)).inside).toBeGreaterThanOrEqual(before);
    });

    test('on a Redis whose clock is a little late, with fewer inside when it looked itself', async () => {
      const { room, a, b } = started();
      await b.enter();
      await room.timePasses(1);
      await a.enter();
      b.hear(await a.tells());
      await room.flush();
      await room.timePasses(-2);
      expect(await found(b, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('although they came while a command was under way', async () => {
      const { room, a, b, c } = started();
      await b.enter();
      const news = await b.tells();
      await room.timePasses(1);
      const entering = a.enter();
      a.hear(news);
      await entering;
      c.hear(await a.tells());
      await room.flush();
      expect(await found(c, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('that came while an earlier command was under way', async () => {
      const { room, a, b } = started();
      await b.enter();
      const [[eventId, one] = expect.fail()] = await b.tells();
      const asking = a.enter('status');
      a.hear([[eventId, { ...one, kept: one.kept + 1, inside: 2 }]]);
      await asking;
      await room.timePasses(1);
      await room.flush();
      expect(await found(a, room)).toEqual({ reformed: true, inside: 2 });
    });

    test('of an instance that could not be heard before', async () => {
      const { room, a, b } = started();
      await a.enter();
      await a.tells();
      a.hearing();
      b.hear(await a.tells());
      await room.flush();
      expect(await found(b, room)).toEqual({ reformed: true, inside: 1 });
    });

    test('from an instance that had it from another one, and knows an older state itself', async () => {
      const { room, a, b, c } = started();
      await a.enter();
      await b.enter('status');
      await room.timePasses(1);
      await a.enter();
      b.hear(await a.tells());
      b.asked();
      c.hear(await b.tells());
      await room.flush();
      expect(await found(c, room)).toEqual({ reformed: true, inside: 2 });
    });
  });

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
    test.runIf(isReal)('500 in a message, changes before what others have asked for', async () => {
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

  describe('hide no loss', () => {
    test('that only this instance can notice, which tells Redis at once', async () => {
      const { room, a, b, c } = started();
      await b.enter();
      await b.enter();
      await room.timePasses(1);
      await room.flush();
      // An instance that knew nothing begins a new room.
      await c.enter();
      b.hear(await c.tells());
      await b.tells();
      expect(await found(a, room)).toEqual({ reformed: false, inside: 3 });
    });

    test('that this instance knows of from another one', async () => {
      const { room, a, b, c } = started();
      for (let user = 0; user < 3; user++) await a.enter();
      b.hear(await a.tells());
      await room.timePasses(1);
      await room.flush();
      await c.enter();
      b.hear(await c.tells());
      await b.tells();
      expect((await found(c, room)).inside).toBe(4);
    });

    test.each(['this instance', 'one that told of it and ended'])(
      'in which the room went back to an older state than %s knew',
      async (who) => {
        const { room, a, b, c } = started();
        await a.enter();
        const restore = await room.snapshot();
        // A line that came and went leaves its sequence numbers.
        const users = Array.from({ length: 3 }, () => ({ userId: randomUUID() }));
        await b.commands.visit(room.eventId, 'check', users);
        for (const { userId } of users) await b.commands.leave(room.eventId, { userId });
        c.hear(await b.tells());
        await restore();
        await room.timePasses(1);
        await a.enter();
        const knows = who === 'this instance' ? b : c;
        knows.hear(await a.tells());
        await knows.tells();
        expect((await a.commands.overview(room.eventId)).room.reborn).toBeGreaterThan(0);
      },
    );

    test('during an outage of Redis that was longer than a place lasts', async () => {
      const { room, away, b, c } = started();
      for (let user = 0; user < 3; user++) await b.enter();
      await room.timePasses(460);
      away.ms += 460_000;
      await room.flush();
      await c.enter();
      b.hear(await c.tells());
      expect(await found(b, room)).toEqual({ reformed: true, inside: 4 });
    });

    test('from before an outage after which they arrive', async () => {
      const { room, away, a, b } = started();
      for (let user = 0; user < 3; user++) await b.enter();
      await room.timePasses(1);
      await a.enter('status');
      const late = await a.tells();
      await room.timePasses(460);
      away.ms += 460_000;
      await room.flush();
      b.hear(late);
      expect(await found(b, room)).toEqual({ reformed: true, inside: 3 });
    });

    test('if Redis can not be asked at first', async () => {
      const { room, b, c, a } = started();
      await b.enter();
      await b.enter();
      await room.timePasses(1);
      await room.flush();
      await c.enter();
      b.hear(await c.tells());
      const asks = vi.spyOn(b.commands, 'visit').mockRejectedValueOnce(new Error('away'));
      await expect(b.news.exchange()).rejects.toThrow('away');
      await b.news.exchange();
      await b.news.exchange();
      expect(asks).toHaveBeenCalledTimes(2);
      expect(await found(a, room)).toEqual({ reformed: false, inside: 3 });
    });

    test('that follows another one', async () => {
      const { room, a, b } = started();
      await b.enter();
      await room.timePasses(1);
      await a.enter();
      await room.flush();
      await a.enter('status');
      b.hear(await a.tells());
      await b.tells();
      await room.timePasses(20);
      await a.enter();
      b.hear(await a.tells());
      await room.flush();
      expect(await found(b, room)).toEqual({ reformed: true, inside: 3 });
    });
  });

  describe('invent no loss', () => {
    const none = { reformed: false, inside: 1 };

    test('of a room that ended and began anew', async () => {
      const { room, a, b } = started();
      await a.enter();
      b.hear(await a.tells());
      await b.enter();
      await room.timePasses(601);
      await a.enter();
      b.hear(await a.tells());
      await b.tells();
      expect(await found(b, room)).toEqual(none);
    });

    test('of a room that ended after an outage of this instance alone', async () => {
      const { room, away, a, b } = started();
      await b.enter();
      await b.tells();
      for (let times = 0; times < 7; times++) {
        await room.timePasses(100);
        await a.enter();
      }
      away.ms += 700_000;
      b.hear(await a.tells());
      await room.timePasses(601);
      expect((await room.look()).ends).toEqual({});
      await b.enter();
      expect(await found(b, room)).toEqual(none);
    });

    test('of a room that ended under the shorter time to live of another instance', async () => {
      const { room, instance } = started();
      const [old, other] = [3_600, 3_600].map((insideTtlSeconds) => instance({ insideTtlSeconds })) as [
        NewsInstance,
        NewsInstance,
      ];
      const young = instance({ insideTtlSeconds: 300 });
      await old.enter();
      const longer = await old.tells();
      for (const each of [other, young]) each.hear(longer);
      await room.timePasses(10);
      await young.enter('status');
      const shorter = await young.tells();
      for (const each of [old, other]) each.hear(shorter);
      await room.timePasses(700);
      expect((await room.look()).ends).toEqual({});
      await young.enter();
      const begun = await young.tells();
      for (const each of [old, other]) {
        each.hear(begun);
        await each.tells();
        expect(await found(each, room)).toEqual(none);
      }
      expect(old.commands.known(room.eventId)?.seq).toBe(0);
    });

    test('by a snapshot of a room that ended since', async () => {
      const { room, instance, away, a } = started();
      const snapshots: RoomSnapshot[] = [];
      const b = instance({ snapshotOf: () => snapshots[0], awayMs: () => away.ms });
      away.ms = 2_000_000;
      await b.enter();
      snapshots.push(b.commands.known(room.eventId) as RoomSnapshot);
      await room.timePasses(601);
      expect(await found(b, room)).toEqual({ reformed: false, inside: 0 });
      await room.timePasses(10);
      await a.enter();
      b.hear(await a.tells());
      await b.tells();
      expect(await found(a, room)).toEqual(none);
    });

    test('of a room that began while this instance alone was away', async () => {
      const { room, away, a, b } = started();
      await a.enter();
      b.hear(await a.tells());
      away.ms += 601_000;
      await room.timePasses(601);
      await a.enter();
      b.hear(await a.tells());
      await b.tells();
      expect(await found(a, room)).toEqual(none);
    });

    test('by a room of long ago, of which an instance is told last', async () => {
      const { room, a, b, c } = started();
      await a.enter();
      const longAgo = await a.tells();
      await room.timePasses(601);
      await b.enter();
      c.hear(await b.tells());
      c.hear(longAgo);
      await c.tells();
      expect(await found(c, room)).toEqual(none);
    });

    test('of a room in whose place another one was cleared', async () => {
      const { room, a, b, c } = started();
      await a.enter();
      const before = await a.tells();
      await room.timePasses(1);
      await room.flush();
      await c.enter();
      await c.commands.clear(room.eventId);
      b.hear(before);
      expect(await found(b, room)).toEqual({ reformed: false, inside: 0 });
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
