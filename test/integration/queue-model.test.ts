import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMockRedis } from '../../src/embedded/mock-redis.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { openWaitingRoom, type WaitingRoom } from '../support/waiting-room.ts';
import { WaitingRoomModel } from '../support/waiting-room-model.ts';

let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());

const user = fc.integer({ min: 0, max: 7 }).map((number) => `user-${number}`);
/** Two of a hundred seconds are less than a time to live and three are more; no moment falls on the limit itself. */
const TTL_SECONDS = 250;
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ verb: fc.constantFrom('check', 'enter', 'status', 'leave'), user }) },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant('touch'), users: fc.uniqueArray(user, { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ verb: 'admit' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('time passes'), seconds: fc.constantFrom(100, 200, 600) }),
  },
  { weight: 1, arbitrary: fc.constant({ verb: 'clear' } as const) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a user is told, as the model sees it. */
function standing(model: WaitingRoomModel, state: string, who: string) {
  const { waiting, inside } = model;
  return {
    state,
    position: waiting.indexOf(who) + 1,
    queueSize: waiting.length,
    currentUsers: inside.length,
  };
}

async function take(
  { commands, eventId, ...room }: WaitingRoom,
  model: WaitingRoomModel,
  action: Step,
): Promise<void> {
  if ('users' in action) {
    const places = action.users.filter((who) => model.contact(who) !== 'outside').length;
    expect(await commands.touch(eventId, action.users)).toBe(places);
  } else if ('seconds' in action) {
    model.timePasses(action.seconds);
    await room.timePasses(action.seconds);
  } else if (action.verb === 'admit') {
    const admitted = model.admit();
    const reply = await commands.admit(eventId);
    expect(reply.admitted).toEqual(admitted);
    expect(reply).toMatchObject({ queueSize: model.waiting.length, currentUsers: model.inside.length });
  } else if (action.verb === 'clear') {
    expect(await commands.clear(eventId)).toBe(model.clear());
  } else if (action.verb === 'leave') {
    expect(await commands.leave(eventId, action.user)).toBe(model.leave(action.user));
  } else if (action.verb === 'enter') {
    const states = [model.check(action.user, false)];
    const entry = await commands.enter(eventId, [action.user]);
    expect(entry).toEqual({ states, queueSize: model.waiting.length, currentUsers: model.inside.length });
  } else {
    const { verb, user: who } = action;
    const state = verb === 'status' ? model.contact(who) : model.check(who, verb === 'check');
    expect(await commands[verb as 'check'](eventId, who)).toMatchObject(standing(model, state, who));
  }
}

test.each<[string, number, () => Redis]>([
  ['a real Redis', 200, () => server.client.duplicate()],
  ['the Redis inside the process', 15, createMockRedis],
])(
  'whatever people do in whatever order, the waiting room on %s does as the plain model',
  async (_name, runs, connect) => {
    const redis = connect();
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 3 }),
      fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
      async (threshold, steps) => {
        const room = openWaitingRoom(redis, { threshold, ttlSeconds: TTL_SECONDS });
        const model = new WaitingRoomModel(threshold, TTL_SECONDS);
        for (const action of steps) {
          await take(room, model, action);
          // What the scripts have not reaped yet counts for nobody: a look at the sizes reaps.
          await room.commands.overview(room.eventId);
          const [waiting, inside] = await Promise.all([room.waiting(), room.inside()]);
          expect(waiting).toEqual(model.waiting);
          expect(inside.sort()).toEqual(model.inside);
          expect(model.inside.length).toBeLessThanOrEqual(threshold);
        }
        expect(Object.values(await room.keys()).every((seconds) => seconds > 0)).toBe(true);
      },
    );
    try {
      await fc.assert(property, { numRuns: runs });
    } finally {
      redis.disconnect();
    }
  },
  60_000,
);
