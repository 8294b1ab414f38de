import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BetweenInstances } from '../../../../src/realtime/types.ts';
import { RoomNews } from '../../../../src/waiting-room/recovery/room-news.ts';
import { onEachRedis } from '../../../support/waiting-room/each-redis.ts';
import type { InstanceOptions, WaitingRoom } from '../../../support/waiting-room/room-harness.ts';

type Rooms = Parameters<BetweenInstances['roomsKnown']>[0];

/** Instances that tell each other news, of which a test delivers what it likes. */
function startNews(room: WaitingRoom) {
  const others: { hear(rooms: Rooms): void; asked(): void; isOn: boolean }[] = [];

  function instance(options: InstanceOptions = {}) {
    const commands = room.instance(options);
    const told: Rooms[] = [];
    const self = { hear: (_: Rooms) => {}, asked: () => {}, isOn: true };
    const news = new RoomNews(commands, {
      get reachesOthers() {
        return self.isOn;
      },
      roomsKnown: (rooms) => void told.push(structuredClone(rooms)),
      onRoomsKnown: (listener) => {
        self.hear = listener;
      },
      askForRooms: () => {
        for (const other of others) if (other !== self) other.asked();
      },
      onRoomsAsked: (listener) => {
        self.asked = listener;
      },
      onHearing: () => {},
    });
    commands.onRoomState((eventId) => news.note(eventId));
    others.push(self);
    /** What it tells now. */
    function tells(): Rooms {
      told.length = 0;
      news.tell();
      return told.flat();
    }
    const enter = (mode: 'enter' | 'status' = 'enter', userId: string = randomUUID()) =>
      commands.visit(room.eventId, mode, [{ userId }]);
    return Object.assign(self, { commands, news, tells, enter });
  }
  return { instance };
}

onEachRedis('news of a room without a line', ({ open, clients }) => {
  function started(options: Parameters<typeof open>[0] = {}) {
    const room = open({ threshold: 3, ...options });
    const { instance } = startNews(room);
    const away = { ms: 0 };
    const second = { redis: clients()[1], awayMs: () => away.ms };
    return { room, away, instance, a: instance(), b: instance(second), c: instance() };
  }
  const inside = ({ commands }: { commands: WaitingRoom['commands'] }, { eventId }: WaitingRoom) =>
    commands.overview(eventId).then(({ room }) => [room.reformed, room.inside]);

  test('let an instance without contact notice its loss, with as many inside as there were', async () => {
    const { room, a, b } = started();
    await a.enter();
    b.hear(a.tells());
    await room.timePasses(1);
    await a.enter();
    b.hear(a.tells());
    await room.flush();
    expect(await inside(b, room)).toEqual([true, 2]);
  });

  test('are told when the number inside changes, and every 15 seconds while the room is kept', async () => {
    const { room, a } = started();
    const user = randomUUID();
    const told: number[] = [];
    for (let second = 0; second < 40; second++) {
      await a.enter('status', user);
      if (second === 0) await a.enter('enter', user);
      if (second === 5) await a.enter();
      told.push(a.tells().length);
      await room.timePasses(1);
    }
    expect(told.flatMap((count, second) => (count > 0 ? [second] : []))).toEqual([0, 5, 20, 35]);
  });

  test('wait while no other instance can be reached', async () => {
    const { room, a, b } = started();
    await a.enter();
    a.isOn = false;
    expect(a.tells()).toEqual([]);
    a.isOn = true;
    b.hear(a.tells());
    await room.flush();
    expect(await inside(b, room)).toEqual([true, 1]);
  });

  test('reach an instance that asks for them, from the one that knows most', async () => {
    const { room, a, b, c } = started();
    await a.enter();
    await room.timePasses(1);
    await b.enter();
    a.hear(b.tells());
    a.asked();
    b.asked();
    expect(a.tells()).toEqual([]);
    c.hear(b.tells());
    await room.flush();
    expect(await inside(c, room)).toEqual([true, 2]);
  });

  test('of 501 rooms take two messages', async () => {
    const { room, a } = started();
    for (let event = 0; event < 501; event++)
      await a.commands.visit(randomUUID(), 'enter', [{ userId: room.eventId }]);
    expect([a.tells().length, a.tells().length, a.tells().length]).toEqual([500, 1, 0]);
  });

  test('that pass each other leave the newest state, and a later change is told', async () => {
    const { room, a, b, c } = started();
    const leaver = randomUUID();
    await a.enter('enter', leaver);
    await a.enter();
    await room.timePasses(1);
    await b.commands.leave(room.eventId, { userId: leaver });
    const [older, newer] = [a.tells(), b.tells()];
    for (const news of [newer, older]) c.hear(news);
    a.hear(newer);
    b.hear(older);
    await room.timePasses(1);
    await b.enter();
    c.hear(b.tells());
    await room.flush();
    expect(await inside(c, room)).toEqual([true, 2]);
  });

  test('of a clock that stands still, because it was set back, count too', async () => {
    const { room, a, b } = started();
    await a.enter();
    b.hear(a.tells());
    await room.timePasses(-60);
    await a.enter();
    b.hear(a.tells());
    await room.flush();
    expect(await inside(b, room)).toEqual([true, 2]);
  });

  test('do not hide a loss that only this instance can notice, which tells Redis at once', async () => {
    const { room, a, b, c } = started();
    await b.enter();
    await b.enter();
    await room.timePasses(1);
    await room.flush();
    // An instance that knew nothing begins a new room.
    await c.enter();
    b.hear(c.tells());
    await b.news.settle();
    expect(b.commands.known(room.eventId)?.inside).toBe(3);
    a.hear(b.tells());
    await room.timePasses(1);
    await room.flush();
    expect(await inside(a, room)).toEqual([true, 3]);
  });

  test('do not hide that the room went back to an older state', async () => {
    const { room, a, b } = started();
    await a.enter();
    const restore = await room.snapshot();
    // A line that came and went leaves its sequence numbers.
    const users = [randomUUID(), randomUUID(), randomUUID()];
    await b.commands.visit(
      room.eventId,
      'check',
      users.map((userId) => ({ userId })),
    );
    for (const userId of users) await b.commands.leave(room.eventId, { userId });
    await restore();
    await room.timePasses(1);
    await a.enter();
    b.hear(a.tells());
    await b.news.settle();
    const { room: found } = await b.commands.overview(room.eventId);
    expect(found.reborn).toBeGreaterThan(0);
  });

  test('do not hide a loss during an outage of Redis that was longer than a place lasts', async () => {
    const { room, away, b, c } = started();
    for (let user = 0; user < 3; user++) await b.enter();
    await room.timePasses(460);
    away.ms += 460_000;
    await room.flush();
    await c.enter();
    b.hear(c.tells());
    expect(await inside(b, room)).toEqual([true, 4]);
  });

  test('that arrive after an outage end no knowledge from before it', async () => {
    const { room, away, a, b } = started();
    for (let user = 0; user < 3; user++) await b.enter();
    await room.timePasses(1);
    await a.enter('status');
    const late = a.tells();
    await room.timePasses(460);
    away.ms += 460_000;
    await room.flush();
    b.hear(late);
    expect(await inside(b, room)).toEqual([true, 3]);
  });

  test('invent no loss of a room that ended and began anew', async () => {
    const { room, a, b } = started();
    await a.enter();
    b.hear(a.tells());
    await b.enter();
    await room.timePasses(601);
    await a.enter();
    b.hear(a.tells());
    expect(await inside(b, room)).toEqual([false, 1]);
  });

  test('invent no loss of a room that ended under the shorter time to live of another instance', async () => {
    const { room, instance } = started();
    const [old, other] = [3_600, 3_600].map((insideTtlSeconds) => instance({ insideTtlSeconds }));
    const young = instance({ insideTtlSeconds: 300 });
    await old?.enter();
    other?.hear(old?.tells() ?? []);
    await room.timePasses(10);
    await young.enter('status');
    other?.hear(young.tells());
    await room.timePasses(700);
    expect((await room.look()).ends).toEqual({});
    await other?.enter();
    expect(other?.commands.known(room.eventId)).toMatchObject({ inside: 1, seq: 0 });
  });

  test('invent no loss after a clear', async () => {
    const { room, a, b } = started();
    await a.enter();
    const before = a.tells();
    await room.timePasses(1);
    await a.commands.clear(room.eventId);
    b.hear(before);
    expect(await inside(b, room)).toEqual([false, 0]);
  });
});
