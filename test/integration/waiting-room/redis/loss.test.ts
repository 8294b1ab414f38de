import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';
import type { WaitingRoom } from '../../../support/waiting-room/room-harness.ts';

type Five = [string, string, string, string, string];
const pass = (at: number) => `P${at}`;
const ticket = (at: number, sequence: number) => `T${at}:${sequence}`;

onEachRedis('a waiting room that Redis lost', ({ open, clients, isReal, crowd }) => {
  /** Two people inside and three in line, all seen a moment ago. */
  async function crowded(options: Parameters<typeof open>[0] = {}) {
    const room = open({ threshold: 2, ...options });
    const [a, b, c, d, e] = people(5) as Five;
    await room.visitAll('check', [a, b, c, d, e]);
    const at = room.now();
    await room.goesOn(5);
    return { room, a, b, c, d, e, at };
  }
  const lineOf = async (room: WaitingRoom) => (await room.look()).line.map(({ userId }) => userId);
  const admit = async (room: WaitingRoom) =>
    (await room.commands.admit(room.eventId)).admitted.map(({ userId }) => userId);

  test('forms again: the people inside are inside, the line has its order, and newcomers stand behind it', async () => {
    const { room, a, b, c, d, e, at } = await crowded();
    await room.flush();
    const newcomer = await room.visit('check', randomUUID());
    expect(newcomer).toMatchObject({
      state: 'waiting',
      room: { reformed: true, inside: 2, queueSize: 1 },
    });
    expect(newcomer.sequence).toBeGreaterThan(1_000_000);
    // They come back in any order.
    expect(await room.visit('status', e, ticket(at, 3))).toMatchObject({ state: 'waiting', sequence: 3 });
    expect(await room.visit('check', b, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({ position: 1, sequence: 1 });
    expect(await room.visit('status', d, ticket(at, 2))).toMatchObject({ position: 2, sequence: 2 });
    expect(await room.visit('enter', a, pass(at))).toMatchObject({
      state: 'inside',
      room: { reformed: false, inside: 2 },
    });
    expect((await lineOf(room)).slice(0, 3)).toEqual([c, d, e]);
    expect(await room.visit('check', e, ticket(at, 3))).toMatchObject({ sequence: 3, joined: false });
  });

  test('lets in nobody from the line until it had time to form again, and never passes the threshold after that', async () => {
    const { room, a, b, c, d, e, at } = await crowded({ threshold: 3 });
    // d and e wait, and a place is free, when Redis is lost.
    await room.commands.leave(room.eventId, { userId: c });
    await room.flush();
    await room.visit('check', e, ticket(at, 2));
    expect((await room.visit('check', randomUUID())).state).toBe('waiting');
    expect((await room.visit('enter', randomUUID())).state).toBe('outside');
    await room.timePasses(5);
    expect(await admit(room)).toEqual([]);
    await room.visit('check', d, ticket(at, 1));
    await room.timePasses(10);
    // a and b are away and still count.
    expect(await admit(room)).toEqual([d]);
    expect(await admit(room)).toEqual([]);
    // They are away for too long, so their places become free. One of them comes back just in time.
    await room.goesOn(270, [d, e]);
    expect(await room.visit('check', a, pass(at))).toMatchObject({
      state: 'inside',
      room: { inside: 3 },
    });
    expect(await admit(room)).toEqual([]);
    await room.goesOn(50, [a, d, e]);
    expect(await admit(room)).toEqual([e]);
    expect((await room.visit('status', b, pass(at))).state).toBe('outside');
  });

  test('is noticed although another instance, which did not know the room, has started a new one', async () => {
    const { room, a, b, c, d, at } = await crowded();
    await room.flush();
    const ignorant = room.instance({ redis: clients()[1] });
    const askThere = async (userId: string, claim?: string) => {
      const { room: found, standings } = await ignorant.visit(room.eventId, 'check', [{ userId, claim }]);
      return { ...standings[0], room: found };
    };
    expect(await askThere(randomUUID())).toMatchObject({ state: 'inside' });
    await room.timePasses(2);
    expect(await room.visit('check', d, ticket(at, 2))).toMatchObject({
      state: 'waiting',
      sequence: 2,
      // The two who were inside, and the one whom the other instance let in.
      room: { reformed: true, inside: 3 },
    });
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({ position: 1 });
    expect((await askThere(randomUUID())).position).toBe(3);
    for (const userId of [a, b])
      expect(await askThere(userId, pass(at))).toMatchObject({
        state: 'inside',
        room: { inside: 3, reformed: false },
      });
    await room.goesOn(20);
    expect(await admit(room)).toEqual([]);
  });

  test('is noticed once, whichever instance looks first', async () => {
    const { room } = await crowded();
    const other = room.instance({ redis: clients()[1] });
    await other.overview(room.eventId);
    await room.timePasses(5);
    await room.flush();
    const found = [
      await room.commands.overview(room.eventId),
      await other.admit(room.eventId),
      await room.commands.sweep(room.eventId),
      await other.overview(room.eventId),
    ];
    expect(found.map(({ room: { reformed } }) => reformed)).toEqual([true, false, false, false]);
    expect(new Set(found.map(({ room: { born, reborn } }) => `${born}/${reborn}`)).size).toBe(1);
  });

  test.each(['everything', 'the last writes'])(
    'and whose clock is late now, counts all who were inside, though another instance knew of fewer (%s)',
    async (what) => {
      const room = open({ threshold: 3 });
      const other = room.instance({ redis: clients()[1] });
      const enter = ({ visit }: typeof other) => visit(room.eventId, 'enter', [{ userId: randomUUID() }]);
      const restore = await room.snapshot();
      await enter(other);
      const restoreFirst = await room.snapshot();
      await room.timePasses(1);
      await enter(other);
      await room.timePasses(1);
      await enter(room.commands);
      await (what === 'everything' ? restore : restoreFirst)();
      await room.timePasses(-3);
      expect((await room.commands.overview(room.eventId)).room.inside).toBe(3);
      expect(await enter(other)).toMatchObject({ room: { inside: 3 }, standings: [{ state: 'outside' }] });
    },
  );

  test('and whose clock is late now, counts a person once who comes back before another instance notices', async () => {
    const room = open({ threshold: 3 });
    const other = room.instance({ redis: clients()[1] });
    const [back] = people(1) as [string];
    await room.visit('enter', back);
    const at = room.now();
    await room.goesOn(40, [back]);
    const restore = await room.snapshot();
    await room.timePasses(10);
    await other.visit(room.eventId, 'enter', [{ userId: randomUUID() }]);
    await room.visit('enter', randomUUID());
    await restore();
    await room.timePasses(-20);
    expect(await room.visit('status', back, pass(at))).toMatchObject({
      state: 'inside',
      room: { inside: 3 },
    });
    expect((await other.overview(room.eventId)).room.inside).toBe(3);
  });

  test('is noticed by an instance that has just started, from the snapshot of another one', async () => {
    const { room, c, at } = await crowded();
    const { born, kept, seq, inside } = (await room.commands.overview(room.eventId)).room;
    await room.timePasses(5);
    await room.flush();
    const seen = { born, kept, seq, inside, line: true, ttl: null };
    const started = room.instance({ redis: clients()[1], snapshotOf: () => seen });
    const newcomer = await started.visit(room.eventId, 'check', [{ userId: randomUUID() }]);
    expect(newcomer).toMatchObject({ room: { reformed: true }, standings: [{ state: 'waiting' }] });
    const { standings } = await started.visit(room.eventId, 'check', [{ userId: c, claim: ticket(at, 1) }]);
    expect(standings).toMatchObject([{ position: 1, joined: false }]);
  });

  test('the control: an instance without a snapshot takes it for a new room', async () => {
    const { room, c, at } = await crowded();
    await room.flush();
    const { standings, room: found } = await room
      .instance()
      .visit(room.eventId, 'check', [{ userId: randomUUID() }, { userId: c, claim: ticket(at, 1) }]);
    expect(found).toMatchObject({ reformed: false, reborn: 0 });
    expect(found.inside).toBe(2);
    expect(standings).toMatchObject([{ state: 'inside' }, { state: 'inside' }]);
  });

  test('is noticed although an instance that had not heard of the last places has kept the older state since', async () => {
    const { room, c, at } = await crowded();
    const other = room.instance({ redis: clients()[1] });
    await other.overview(room.eventId);
    const putBack = await room.snapshot();
    const last = randomUUID();
    const place = await room.visit('check', last);
    const toldAt = room.now();
    await putBack();
    await room.timePasses(0.5);
    await other.visit(room.eventId, 'status', [{ userId: c }]);
    expect(await room.visit('status', last, ticket(toldAt, place.sequence))).toMatchObject({
      state: 'waiting',
      sequence: place.sequence,
      room: { reformed: true },
    });
    expect(await room.visit('status', c, ticket(at, 1))).toMatchObject({ position: 1, sequence: 1 });
    expect((await room.visit('check', randomUUID())).sequence).toBeGreaterThan(1_000_000);
  });

  test('and restored in an older state forms again too, and keeps the order of the people who came since', async () => {
    const { room, a, b, c, d, e, at } = await crowded();
    const putBack = await room.snapshot();
    await room.timePasses(30);
    // Since then a left, c was let in, and a newcomer joined.
    await room.commands.leave(room.eventId, { userId: a });
    expect(await admit(room)).toEqual([c]);
    const late = randomUUID();
    expect(await room.visit('check', late)).toMatchObject({ sequence: 4 });
    const since = room.now();
    await room.timePasses(5);
    await putBack();
    expect((await room.commands.overview(room.eventId)).room).toMatchObject({
      reformed: true,
      inside: 2,
    });
    expect((await room.visit('check', randomUUID())).sequence).toBeGreaterThan(1_000_000);
    expect(await room.visit('check', late, ticket(since, 4))).toMatchObject({ position: 4, joined: false });
    // b and c show their passes. In the older state a is inside; a has left since.
    expect((await room.visit('status', a)).state).toBe('outside');
    expect(await room.visit('check', b, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });
    expect(await room.visit('check', c, pass(since))).toMatchObject({ state: 'inside', room: { inside: 2 } });
    await room.goesOn(20, [b, c]);
    expect(await admit(room)).toEqual([]);
    expect((await lineOf(room)).slice(0, 3)).toEqual([d, e, late]);
    expect((await room.visit('check', d, ticket(at, 2))).position).toBe(1);
  });

  // The clock of the Redis inside the process jumps by up to a second.
  test.runIf(isReal)(
    'and restored in the state of a moment ago keeps everybody whom that state has',
    async () => {
      const { room, a, b, c } = await crowded();
      const putBack = await room.snapshot();
      await room.timePasses(1);
      expect(await room.visit('check', randomUUID())).toMatchObject({ sequence: 4 });
      await putBack();
      for (const userId of [a, b])
        expect(await room.visit('status', userId)).toMatchObject({
          state: 'inside',
          room: { inside: 2 },
        });
      expect(await room.visit('status', c)).toMatchObject({ position: 1, sequence: 1 });
      expect((await room.visit('check', randomUUID())).sequence).toBeGreaterThan(1_000_000);
    },
  );

  test('or stopped for a while keeps the places of the people who could not make contact', async () => {
    const { room, a, b, c, d, e, at } = await crowded();
    // No command runs for longer than any place lasts.
    await room.timePasses(400);
    expect((await room.commands.overview(room.eventId)).room).toMatchObject({
      reformed: true,
      inside: 2,
    });
    // Nobody could make contact, so nobody loses their place, whether a sweep comes before them or not.
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({ position: 1, sequence: 1 });
    await room.commands.sweep(room.eventId);
    await room.timePasses(15);
    expect(await admit(room)).toEqual([]);
    expect(await room.visit('check', e, ticket(at, 3))).toMatchObject({ sequence: 3 });
    expect(await room.visit('check', d, ticket(at, 2))).toMatchObject({ sequence: 2 });
    for (const userId of [a, b])
      expect(await room.visit('check', userId, pass(at))).toMatchObject({
        state: 'inside',
        room: { inside: 2 },
      });
    expect(await lineOf(room)).toEqual([c, d, e]);
  });

  const losses: [string, (room: WaitingRoom, present: string[]) => Promise<unknown>][] = [
    ['that stood still', (room) => room.timePasses(200)],
    [
      'that went back to the state of a moment ago',
      async (room, present) => {
        await room.goesOn(100, present);
        const putBack = await room.snapshot();
        await room.timePasses(1);
        await room.visit('check', randomUUID());
        await putBack();
      },
    ],
  ];

  test.each(losses)(
    '%s keeps the place of a silent person for as long as their pass counts',
    async (_, lose) => {
      const { room, a, b, c, d, e, at } = await crowded();
      const present = [b, c, d, e];
      await lose(room, present);
      const { room: found } = await room.commands.overview(room.eventId);
      expect(found).toMatchObject({ reformed: true, inside: 2 });
      const silentFor = (seconds: number) => room.goesOn(seconds - (room.now() - at) / 1_000, present);
      await silentFor(310);
      expect(await admit(room)).toEqual([]);
      const putBack = await room.snapshot();
      expect(await room.visit('status', a, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });

      await putBack();
      await silentFor((found.now - at) / 1_000 + 301);
      expect(await admit(room)).toEqual([c]);
      expect((await room.visit('enter', a, pass(at))).state).toBe('outside');
    },
  );

  test('that went back by a moment and stood still as well counts each person once', async () => {
    const { room, a, b, c, d, e, at } = await crowded();
    await room.goesOn(150, [c, d, e]);
    const putBack = await room.snapshot();
    await room.timePasses(1);
    await room.visit('check', randomUUID());
    // The entries of a and b end meanwhile.
    await room.timePasses(200);
    await putBack();
    const { room: found } = await room.commands.overview(room.eventId);
    expect(found).toMatchObject({ reformed: true, inside: 2 });
    expect(await room.visit('status', a, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });
    await room.goesOn(15, [a, c, d, e]);
    expect(await admit(room)).toEqual([]);
    expect(await room.visit('status', b, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });
    for (const userId of [a, b]) await room.commands.leave(room.eventId, { userId });
    expect(await admit(room)).toEqual([c, d]);
  });

  // More than one command keeps.
  test.runIf(isReal)(
    'and that stood still while it kept many places at once counts all of them',
    async () => {
      const room = open({ threshold: crowd });
      const inside = people(crowd);
      const line = people(2);
      await room.visitAll('check', [...inside, ...line]);
      await room.goesOn(295, line);
      const putBack = await room.snapshot();
      await room.timePasses(1);
      await room.visitAll('status', inside);
      const at = room.now();
      await room.visit('check', randomUUID());
      await putBack();
      await room.commands.overview(room.eventId);
      await room.timePasses(5);
      expect((await room.commands.overview(room.eventId)).room.inside).toBe(crowd);

      await room.timePasses(80);
      const { room: found } = await room.commands.overview(room.eventId);
      expect(found).toMatchObject({ reformed: true, inside: crowd });
      await room.goesOn(15, line);
      expect(await admit(room)).toEqual([]);
      const visitors = inside.map((userId) => ({ userId, claim: pass(at) }));
      const back = await room.commands.visit(room.eventId, 'status', visitors);
      expect(back.standings.filter(({ state }) => state === 'inside')).toHaveLength(crowd);
      expect(back.room.inside).toBe(crowd);
    },
  );

  test('twice in a row forgets neither the people who came back nor those who did not yet', async () => {
    const { room, a, b, c, d, at } = await crowded();
    await room.flush();
    expect((await room.visit('check', a, pass(at))).state).toBe('inside');
    expect((await room.visit('check', d, ticket(at, 2))).sequence).toBe(2);
    const again = room.now();
    await room.timePasses(20);
    await room.flush();
    expect((await room.visit('check', randomUUID())).room).toMatchObject({
      reformed: true,
      inside: 2,
    });
    expect(await room.visit('check', d, ticket(again, 2))).toMatchObject({ position: 1, joined: false });
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({ position: 1, joined: false });
    expect(await room.visit('check', b, pass(at))).toMatchObject({
      state: 'inside',
      room: { inside: 2 },
    });
    expect(await room.visit('check', a, pass(again))).toMatchObject({
      state: 'inside',
      room: { inside: 2 },
    });
  });

  test('asks a person who may have a proof for it, and gives them no place before', async () => {
    const { room, c, at } = await crowded();
    expect((await room.visit('check', c, '?')).state).toBe('waiting');
    await room.flush();
    for (const mode of ['check', 'enter'] as const)
      expect((await room.visit(mode, c, '?')).state).toBe('claim');
    expect((await room.visit('status', c, '?')).state).toBe('outside');
    expect(await lineOf(room)).toEqual([]);
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({ position: 1, joined: false });
  });

  test('rejects proofs that were not valid when it was lost', async () => {
    const { room, a, b, c, d, at } = await crowded();
    await room.goesOn(5, [c]);
    await room.flush();
    await room.commands.overview(room.eventId);
    const after = room.now() + 2_000;
    const wrong: [string, string][] = [
      ['a pass given after the loss', pass(after)],
      ['a pass that had ended before the loss', pass(at - 310_000)],
      ['a ticket that had ended before the loss', ticket(at - 310_000, 1)],
      ['a ticket given after the loss', ticket(after, 1)],
    ];
    for (const [what, claim] of wrong)
      expect(await room.visit('enter', a, claim), what).toMatchObject({ state: 'outside' });
    await room.goesOn(310);
    for (const [user, claim] of [
      [b, pass(at)],
      [d, ticket(at, 2)],
    ] as const)
      expect(await room.visit('status', user, claim)).toMatchObject({ state: 'outside' });
  });

  test('voids the proofs of a person who leaves, and gives up the place that was kept for them', async () => {
    const { room, a, b, c, d, at } = await crowded();
    await room.flush();
    await room.visit('check', d, ticket(at, 2));
    const leave = (userId: string, claim?: string) => room.commands.leave(room.eventId, { userId, claim });
    expect(await leave(a, pass(at))).toMatchObject({ had: 'inside', room: { inside: 1 } });
    // Only once, and only for a valid proof.
    expect(await leave(a, pass(at))).toMatchObject({ had: 'nothing', room: { inside: 1 } });
    expect(await leave(randomUUID())).toMatchObject({ had: 'nothing', room: { inside: 1 } });
    expect(await leave(c)).toMatchObject({ had: 'nothing' });
    expect((await room.visit('enter', a, pass(at))).state).toBe('outside');
    expect((await room.visit('status', c, ticket(at, 1))).state).toBe('outside');
    expect((await room.visit('check', b, pass(at))).state).toBe('inside');
    await room.timePasses(15);
    expect(await admit(room)).toEqual([d]);
  });

  test('is not one that ended by itself or was cleared', async () => {
    const { room, a, b, c, at } = await crowded();
    await room.commands.clear(room.eventId);
    await room.timePasses(5);
    expect(await room.visit('check', c, ticket(at, 1))).toMatchObject({
      state: 'inside',
      room: { reformed: false, inside: 1, reborn: 0 },
    });
    await room.timePasses(700);
    // Only the numbers of the last hour are left.
    expect(Object.keys((await room.look()).ends)).toEqual(['stats']);
    expect(await room.visit('check', a, pass(at))).toMatchObject({
      state: 'inside',
      room: { reformed: false, inside: 1, reborn: 0, seq: 0 },
    });
    // Nobody waits, so silence is no standstill.
    await room.timePasses(200);
    expect((await room.visit('check', b)).room).toMatchObject({ reformed: false, inside: 2 });
  });

  test('and cleared after that restores nobody', async () => {
    const { room, a, at } = await crowded();
    await room.flush();
    expect((await room.visit('check', randomUUID())).state).toBe('waiting');
    expect((await room.commands.clear(room.eventId)).room.inside).toBe(0);
    expect((await room.visit('check', randomUUID())).state).toBe('inside');
    expect(await room.visit('check', a, pass(at))).toMatchObject({ state: 'inside', room: { inside: 2 } });
  });

  test.each(['line', 'no line'])(
    'and formed again keeps no places for users inside, though a restart lets them last longer (%s)',
    async (line) => {
      const room = open({ threshold: 2 });
      const [a, b, c] = people(3) as [string, string, string];
      await room.visitAll('check', line === 'line' ? [a, b, c] : [a, b]);
      await room.flush();
      expect((await room.commands.overview(room.eventId)).room).toMatchObject({ reformed: true, inside: 2 });
      await room.goesOn(310);
      if (line === 'line') await room.commands.admit(room.eventId);
      else await room.visit('status', a);
      const restarted = room.instance({ insideTtlSeconds: 3_600 });
      expect((await restarted.overview(room.eventId)).room).toMatchObject({ inside: 0, reborn: 0 });
    },
  );

  test('a second time takes proofs again, though an instance of an earlier build notices it', async () => {
    const room = open({ threshold: 0 });
    const { eventId } = room;
    const [a, c] = people(2) as [string, string];
    await room.visitAll('check', [a, c]);
    await room.flush();
    expect((await room.visit('check', a)).room.reformed).toBe(true);
    const { sequence } = await room.visit('check', c);
    await room.goesOn(310, [a, c]);
    expect((await room.commands.admit(eventId)).room.reborn).toBe(0);
    const at = room.now();
    await room.goesOn(5, [a]);
    // What such an instance writes. It doesn't know the field `formed`.
    await clients()[0].hset(`test:{${eventId}}:state`, { reborn: room.now(), alive: at, returned: 0 });
    await clients()[0].del(`test:{${eventId}}:waiting`);
    expect(await room.visit('check', c, ticket(at, sequence))).toMatchObject({ joined: false, sequence });
  });
});
