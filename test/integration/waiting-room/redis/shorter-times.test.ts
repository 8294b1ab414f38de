import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onEachRedis, people } from '../../../support/waiting-room/each-redis.ts';

onEachRedis('a restart with shorter times to live', ({ open, isReal }) => {
  test('ends the place of a silent user inside within the new limit, and keeps that of a user in contact', async () => {
    const room = open({ threshold: 2 });
    const { eventId } = room;
    const [silent, present, next] = people(3) as [string, string, string];
    await room.visitAll('check', [silent, present, next]);
    const restarted = room.instance({ insideTtlSeconds: 100 });
    const seen = async (userId: string) =>
      (await restarted.visit(eventId, 'status', [{ userId }])).standings[0]?.state;
    const admitted = async () => {
      await restarted.sweep(eventId);
      return (await restarted.admit(eventId)).admitted.map(({ userId }) => userId);
    };
    for (let second = 0; second < 100; second += 20) {
      expect(await admitted()).toEqual([]);
      if (second === 40) expect(await seen(present)).toBe('inside');
      await room.timePasses(20);
    }
    expect(await admitted()).toEqual([next]);
    expect([await seen(silent), await seen(present)]).toEqual(['outside', 'inside']);
  });

  test('counts from the first contact of any user, though the event has no line that is moved', async () => {
    const room = open({ threshold: 2 });
    const { eventId } = room;
    const [silent, present, next] = people(3) as [string, string, string];
    await room.visitAll('check', [silent, present]);
    const restarted = room.instance({ insideTtlSeconds: 100 });
    const check = async (userId: string) =>
      (await restarted.visit(eventId, 'check', [{ userId }])).standings[0]?.state;
    expect(await check(present)).toBe('inside');
    await room.timePasses(60);
    expect(await check(present)).toBe('inside');
    await room.timePasses(40);
    expect(await check(next)).toBe('inside');
  });

  test('ends the place of a silent user in line at the next sweep', async () => {
    const room = open({ threshold: 0 });
    const { eventId } = room;
    await room.visitAll('check', people(2));
    // A whole round, after which a sweep rests for the old limit.
    await room.commands.sweep(eventId);
    await room.timePasses(10);
    const restarted = room.instance({ spoil: (rules) => ({ ...rules, waitingTtlSeconds: 2 }) });
    expect((await restarted.sweep(eventId)).room).toMatchObject({ queueSize: 0, abandoned: 2 });
  });

  test.runIf(isReal)('never lets in more users than the threshold, whatever they do meanwhile', async () => {
    const user = fc.nat({ max: 7 });
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ verb: fc.constantFrom('check', 'status', 'enter', 'leave'), user }),
      },
      { weight: 3, arbitrary: fc.record({ verb: fc.constantFrom('sweep', 'admit'), user }) },
      { weight: 2, arbitrary: fc.record({ verb: fc.constant('time'), user }) },
    );
    const history = fc.array(fc.tuple(step, fc.boolean()), { minLength: 20, maxLength: 40 });
    const everybody = people(8);
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const room = open({ threshold: 2 });
        const { eventId } = room;
        // While instances are replaced, both times to live are in use.
        const instances = [room.commands, room.instance({ insideTtlSeconds: 100 })] as const;
        for (const [{ verb, user: index }, isNew] of steps) {
          const commands = instances[isNew ? 1 : 0];
          const userId = everybody[index] as string;
          if (verb === 'time') await room.timePasses(5 * (index + 1));
          else if (verb === 'leave') await commands.leave(eventId, { userId });
          else if (verb === 'sweep' || verb === 'admit') await commands[verb](eventId);
          else await commands.visit(eventId, verb as 'check', [{ userId }]);
          const { inside } = await room.look();
          expect(inside.length).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 20 },
    );
  });
});
