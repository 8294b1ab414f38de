import { describe, expect, test } from 'vitest';
import type { RoomSnapshot } from '../../../../../src/database/schema.ts';
import { onEachRedis } from '../../../../support/waiting-room/each-redis.ts';
import { found, instancesOn, type NewsInstance } from '../../../../support/waiting-room/news.ts';

onEachRedis('news of a room without a line', (backend) => {
  const started = instancesOn(backend);

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
});
