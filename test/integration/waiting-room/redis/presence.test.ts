import { expect, test } from 'vitest';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';

onEachRedis('presence in the waiting room', ({ open, crowd, isReal }) => {
  test('contact renews a place and silence ends it, for each person alone, inside and in line', async () => {
    const room = open({ threshold: 2 });
    const [inside, silentInside, waiting, silentWaiting, other] = people(5) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await room.visitAll('check', [inside, silentInside, silentWaiting, waiting, other]);
    await room.goesOn(200);
    expect((await room.visit('check', inside)).state).toBe('inside');
    expect((await room.visit('status', waiting)).state).toBe('waiting');
    expect((await room.visit('enter', other)).state).toBe('waiting');
    await room.goesOn(110);
    expect((await room.commands.overview(room.eventId)).room).toMatchObject({
      queueSize: 2,
      inside: 1,
    });
    expect(await room.look()).toMatchObject({
      inside: [inside],
      line: [{ userId: waiting }, { userId: other }],
    });
    expect((await room.visit('status', silentWaiting)).state).toBe('outside');
    expect((await room.visit('status', silentInside)).state).toBe('outside');
  });

  test('places inside and places in line have times to live of their own', async () => {
    const room = open({ threshold: 1, insideTtlSeconds: 300, waitingTtlSeconds: 500 });
    const [inside, waiting] = people(2) as [string, string];
    await room.visitAll('check', [inside, waiting]);
    await room.goesOn(400);
    expect((await room.visit('status', inside)).state).toBe('outside');
    expect((await room.visit('status', waiting)).state).toBe('waiting');
    await room.goesOn(510);
    expect((await room.visit('status', waiting)).state).toBe('outside');
  });

  test('a person who comes back too late learns it at once, has nothing to leave, and joins anew at the end', async () => {
    const room = open({ threshold: 1 });
    const [a, b, c] = people(3) as [string, string, string];
    await room.visitAll('check', [a, b]);
    await room.goesOn(280);
    await room.visit('check', c);
    // No tick comes in between.
    await room.timePasses(30);
    expect((await room.visit('status', a)).state).toBe('outside');
    expect((await room.commands.leave(room.eventId, { userId: a })).had).toBe('nothing');
    expect(await room.visit('status', b)).toMatchObject({ state: 'outside', position: 2 });
    expect(await room.visit('check', b)).toMatchObject({ state: 'waiting', position: 2, sequence: 3 });
  });

  test('an admission skips everybody who fell silent, also more people than one script looks at', async () => {
    const room = open({ threshold: 5 });
    await room.visitAll('check', people(5));
    const gone = people(isReal ? 4_500 : crowd);
    await room.visitAll('check', gone);
    await room.goesOn(250);
    const present = people(3);
    await room.visitAll('check', present);
    await room.timePasses(60);
    const admitted: string[] = [];
    let abandoned = 0;
    for (let more = true; more; ) {
      const admission = await room.commands.admit(room.eventId);
      admitted.push(...admission.admitted.map(({ userId }) => userId));
      abandoned += admission.room.abandoned;
      more = admission.more;
    }
    expect(admitted).toEqual(present);
    expect(abandoned).toBe(gone.length);
  });

  test.runIf(isReal)('one sweep looks at a part of the line, and a run of sweeps at all of it', async () => {
    const room = open({ threshold: 0 });
    const sweep = () => room.commands.sweep(room.eventId);
    const present = people(30);
    // Spread over a long line of silent people.
    for (const each of present) await room.visitAll('check', [each, ...people(400)]);
    await room.goesOn(250, present);
    await room.timePasses(60);
    const sweeps = [await sweep()];
    while (sweeps.at(-1)?.more) sweeps.push(await sweep());
    expect(sweeps.map(({ room: { abandoned } }) => abandoned <= 5_000)).toEqual([true, true, true]);
    expect(sweeps.reduce((sum, { room: { abandoned } }) => sum + abandoned, 0)).toBe(12_000);
    expect((await room.look()).line.map(({ userId }) => userId)).toEqual(present);
    const positions = (await room.visitAll('status', present)).map(({ position }) => position);
    expect(positions).toEqual(present.map((_, index) => index + 1));
  });

  test('a sweep that removes nobody does not delay the next one', async () => {
    const room = open({ threshold: 0 });
    const [first, second, third] = people(3) as [string, string, string];
    const left = async () => (await room.look()).line.map(({ userId }) => userId);
    await room.visit('check', first);
    await room.goesOn(150);
    await room.visit('check', second);
    await room.goesOn(100);
    await room.visit('check', third);
    await room.goesOn(60, [third]);
    expect(await left()).toEqual([second, third]);
    await room.goesOn(100, [third]);
    expect(await left()).toEqual([second, third]);
    await room.goesOn(50, [third]);
    expect(await left()).toEqual([third]);
  });

  test('every key has an end, and no key is left after everybody fell silent', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId } = room;
    const [a, b] = people(2) as [string, string];
    const look = async () => (await room.look()).ends;
    await room.visit('status', a);
    await room.visit('enter', a).then(() => commands.clear(eventId));
    await room.flush();
    const fresh = room.instance();
    await fresh.visit(eventId, 'status', [{ userId: a }]);
    await fresh.overview(eventId);
    await fresh.admit(eventId);
    await fresh.sweep(eventId);
    await fresh.close(eventId);
    await fresh.leave(eventId, { userId: a });
    await fresh.clear(eventId);
    expect(await look()).toEqual({});
    const steps: [string, () => Promise<unknown>][] = [
      ['entering', () => fresh.visit(eventId, 'check', [{ userId: a }])],
      ['admitting nobody', () => fresh.admit(eventId)],
      ['joining', () => fresh.visit(eventId, 'check', [{ userId: b }])],
      ['leaving', () => fresh.leave(eventId, { userId: a })],
      ['admitting', () => fresh.admit(eventId)],
      ['using it', () => fresh.visit(eventId, 'check', [{ userId: b }])],
      ['sweeping', () => fresh.sweep(eventId)],
      ['clearing', () => fresh.clear(eventId)],
      ['entering again', () => fresh.visit(eventId, 'enter', [{ userId: a }])],
    ];
    for (const [what, step] of steps) {
      await step();
      for (const [name, ms] of Object.entries(await look()))
        expect(ms > 0 && ms <= (name === 'stats' ? 3_600_000 : 600_000), `${name} after ${what}: ${ms}`).toBe(
          true,
        );
    }
    await room.timePasses(610);
    // The numbers of the last hour are kept for an hour.
    expect(Object.keys(await look())).toEqual(['stats']);
    await room.timePasses(3_000);
    expect(await look()).toEqual({});
  });
});
