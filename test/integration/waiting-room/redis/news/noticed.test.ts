import { randomUUID } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { onEachRedis } from '../../../../support/waiting-room/each-redis.ts';
import { found, instancesOn } from '../../../../support/waiting-room/news.ts';

onEachRedis('news of a room without a line', (backend) => {
  const started = instancesOn(backend);

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
});
