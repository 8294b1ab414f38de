import { expect, test } from 'vitest';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';

onEachRedis('admission', ({ open, clients, isReal }) => {
  test('a pause lets in no one and keeps the people inside, and afterwards the line goes on in order', async () => {
    const room = open({ threshold: 2 });
    const [a, b, c, d] = people(4) as [string, string, string, string];
    await room.visit('check', a);
    room.rules.paused = true;
    expect((await room.visit('enter', b)).state).toBe('outside');
    expect((await room.visit('check', c)).state).toBe('waiting');
    expect((await room.visit('check', d)).state).toBe('waiting');
    expect((await room.commands.admit(room.eventId)).admitted).toEqual([]);
    expect((await room.visit('enter', a)).state).toBe('inside');
    room.rules.paused = false;
    expect(await room.commands.admit(room.eventId)).toMatchObject({ admitted: [{ userId: c }] });
  });

  test('a person let in from the line is called until they use their entry, and a status request does not use it', async () => {
    const room = open({ threshold: 3 });
    const [first, ...others] = people(4) as [string, string, string, string];
    room.rules.paused = true;
    await room.visitAll('check', others);
    room.rules.paused = false;
    expect((await room.commands.admit(room.eventId)).unused).toBe(3);
    // Longer than a place lasts without contact.
    await room.goesOn(400, others);
    const [a, b, c] = others as [string, string, string];
    for (let time = 0; time < 2; time++) expect((await room.visit('status', a)).called).toBe(true);
    expect((await room.visit('check', a)).called).toBe(true);
    expect((await room.visit('status', a)).called).toBe(false);
    expect((await room.visit('enter', b)).called).toBe(true);
    expect((await room.visit('status', b)).called).toBe(false);
    await room.commands.leave(room.eventId, { userId: c });
    expect(await room.visit('check', c)).toMatchObject({ state: 'inside', called: false });
    expect((await room.commands.admit(room.eventId)).unused).toBe(0);
    await room.commands.leave(room.eventId, { userId: b });
    expect(await room.visit('check', first)).toMatchObject({ state: 'inside', called: false });
  });

  test('an unused turn ends with its entry', async () => {
    const room = open({ threshold: 0 });
    const [silent] = people(1) as [string];
    await room.visit('check', silent);
    room.rules.threshold = 1;
    expect((await room.commands.admit(room.eventId)).unused).toBe(1);
    await room.timePasses(310);
    expect((await room.commands.admit(room.eventId)).unused).toBe(0);
    expect(await room.visit('check', silent)).toMatchObject({ state: 'inside', called: false });
  });

  // The clock of the Redis inside the process jumps by up to a second.
  test.runIf(isReal)('a drain lets in at its rate, and never more than that within a second', async () => {
    const room = open({ threshold: 1_000, drainPerSecond: 20, paused: true });
    const instances = [room.commands, room.instance({ redis: clients()[1] })];
    const line = people(300);
    await room.visitAll('check', line);
    room.rules.paused = false;
    const inSeconds = new Map<number, number>();
    for (let tenths = 0; tenths < 100; tenths++) {
      const admissions = await Promise.all(instances.map((commands) => commands.admit(room.eventId)));
      const admitted = admissions.reduce((sum, each) => sum + each.admitted.length, 0);
      const second = Math.floor(room.now() / 1_000);
      inSeconds.set(second, (inSeconds.get(second) ?? 0) + admitted);
      // Two seconds without a request don't add up to one with twice the drain.
      await room.timePasses(tenths === 40 ? 2 : 0.1);
    }
    expect(Math.max(...inSeconds.values())).toBeLessThanOrEqual(20);
    const total = [...inSeconds.values()].reduce((sum, admitted) => sum + admitted, 0);
    expect(total).toBeGreaterThanOrEqual(20 * 9);
    expect(total).toBeLessThanOrEqual(20 * 13);
  });

  test.runIf(isReal)('a drain holds for newcomers too, who stand in line once it is used up', async () => {
    const room = open({ threshold: 1_000, drainPerSecond: 10 });
    await room.visit('check', people(1)[0] as string);
    await room.timePasses(60);
    const states = (await room.visitAll('check', people(40))).map(({ state }) => state);
    expect(states.filter((state) => state === 'inside').length).toBe(10);
    expect(states.lastIndexOf('inside')).toBeLessThan(states.indexOf('waiting'));
  });

  test.runIf(isReal)('asking often does not use up a small drain', async () => {
    const room = open({ threshold: 1_000, drainPerSecond: 0.4, paused: true });
    await room.visitAll('check', people(5));
    room.rules.paused = false;
    let admitted = 0;
    for (let time = 0; time < 200; time++) {
      await room.timePasses(0.001);
      admitted += (await room.commands.admit(room.eventId)).admitted.length;
    }
    expect(admitted).toBe(1);
    // 2.5 s a person, of which 0.2 s have passed.
    await room.timePasses(2.31);
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(1);
  });

  test('a drain that is set while people wait holds from then on', async () => {
    const room = open({ threshold: 0 });
    await room.visitAll('check', people(20));
    room.rules.threshold = 1_000;
    room.rules.drainPerSecond = 0.01;
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(1);
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(0);
    await room.timePasses(60);
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(0);
    await room.timePasses(60);
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(1);
    room.rules.drainPerSecond = undefined;
    expect((await room.commands.admit(room.eventId)).admitted.length).toBe(18);
  });

  test('the last hour counts arrivals, admissions and abandonments, the waits and the errors of their estimates', async () => {
    const room = open({ threshold: 2 });
    const { commands, eventId } = room;
    const [a, b, c, d, e, f] = people(6) as [string, string, string, string, string, string];
    await room.visitAll('check', [a, b]);
    const estimates = new Map<string, number>();
    for (const userId of [c, d, e, f]) {
      estimates.set(userId, (await room.visit('check', userId)).estimatedWait);
      // Apart, so that each estimate is noted.
      await room.goesOn(10);
    }
    expect((await commands.leave(eventId, { userId: f })).had).toBe('waiting');
    await room.goesOn(60, [a, b, c, d, e]);
    for (const userId of [a, b]) await commands.leave(eventId, { userId });
    const { admitted } = await commands.admit(eventId);
    expect(admitted.map(({ userId, told }) => [userId, told])).toEqual(
      [c, d].map((userId) => [userId, estimates.get(userId)]),
    );
    // They came ten seconds apart, and a minute has passed since.
    expect(admitted.map(({ waitedMs }) => Math.round((waitedMs as number) / 10_000))).toEqual([10, 9]);
    const { tally } = await commands.overview(eventId);
    expect(tally).toMatchObject({ arrivals: 4, admissions: 2, abandonments: 1 });
    expect([...tally.waits.values()].reduce((sum, waited) => sum + waited)).toBe(2);
    // A bin is a tenth wide.
    for (const seconds of tally.waits.keys()) {
      expect(seconds).toBeGreaterThan(80);
      expect(seconds).toBeLessThan(112);
    }
    expect([...tally.errors.values()].reduce((sum, told) => sum + told)).toBe(2);
    await room.goesOn(3_700, [c, d, e]);
    expect((await commands.overview(eventId)).tally).toEqual({
      arrivals: 0,
      admissions: 0,
      abandonments: 0,
      waits: new Map(),
      errors: new Map(),
    });
  });

  test('the last hour is kept for an hour without a visitor', async () => {
    const room = open({ threshold: 1 });
    const { commands, eventId } = room;
    const [a, b, c] = people(3) as [string, string, string];
    await room.visitAll('check', [a, b, c]);
    for (const userId of [c, a]) await commands.leave(eventId, { userId });
    expect((await commands.admit(eventId)).admitted.length).toBe(1);
    await commands.leave(eventId, { userId: b });
    const counted = { arrivals: 2, admissions: 1, abandonments: 1 };
    for (const quiet of [700, 2_000]) {
      await room.timePasses(quiet);
      expect((await commands.overview(eventId)).tally).toMatchObject(counted);
    }
    await room.timePasses(1_300);
    expect((await commands.overview(eventId)).tally).toMatchObject({ arrivals: 0, admissions: 0 });
  });

  test('at most 5,000 marks say when places were given', async () => {
    const room = open({ threshold: 0 });
    const [redis] = clients();
    const key = `test:{${room.eventId}}:marks`;
    await room.visitAll('check', people(3));
    // As many as an event without an admission collects in more than an hour.
    const earlier = Array.from({ length: 5_200 }, (_, second) => [second / 1e6, `${second}:1`]);
    await redis.zadd(key, ...earlier.flat());
    await room.timePasses(3);
    const { sequence } = await room.visit('check', people(1)[0] as string);
    expect(await redis.zcard(key)).toBe(5_000);
    // The newest stay.
    expect((await redis.zrange(key, '-1', '-1', 'WITHSCORES'))[1]).toBe(String(sequence));
    expect(await redis.zscore(key, '0:1')).toBeNull();
  });

  test('the estimate grows with the position and lies within its range', async () => {
    const room = open({ threshold: 4 });
    const line = people(40);
    const told = (await room.visitAll('check', line)).slice(4);
    for (const [index, { estimatedWait, estimatedWaitRange }] of told.entries()) {
      expect(Number.isInteger(estimatedWait)).toBe(true);
      expect(estimatedWait).toBeGreaterThan(told[index - 1]?.estimatedWait ?? 0);
      expect(estimatedWait).toBeGreaterThanOrEqual(estimatedWaitRange.min);
      expect(estimatedWait).toBeLessThanOrEqual(estimatedWaitRange.max);
    }
  });
});
