import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packUuid } from '../../../../src/lib/uuid.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, queueOf } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 200;

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: String(TICK_MS) };
  service = await startService({ instances: 2, env });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const connect = (instance: number, userId: string = randomUUID()) =>
  sockets.connect(service.origins[instance] as string, { userId });

async function queue(
  verb: 'check' | 'status' | 'leave' | 'clear',
  eventId: string,
  userId: string = randomUUID(),
  instance = 0,
) {
  const url = `/api/v1/queue/${verb === 'clear' ? 'admin/clear' : verb}/${eventId}`;
  const headers = service.as(userId, verb === 'clear' ? 'admin' : 'user');
  const answer = await service.apps[instance]?.inject({
    method: verb === 'status' ? 'GET' : 'POST',
    url,
    headers,
  });
  expect(answer?.statusCode).toBe(200);
  return answer?.json();
}

test("whose turn it is hears so on all of that user's sockets, on whichever instance, and nobody else does", async () => {
  const { eventId } = await service.seedEvent();
  const [inside, next] = [randomUUID(), randomUUID()];
  await queue('check', eventId, inside);
  await queue('check', eventId, next);
  const own = [await connect(0, next), await connect(1, next)];
  const others = [await connect(0, inside), await connect(1)];
  for (const each of [...own, ...others]) await each.send('join-queue', { eventId });
  await eventually(() => expect(others[0]?.heard('queue-entry-allowed')).toHaveLength(1));

  await queue('leave', eventId, inside, 1);
  for (const each of own) {
    await each.hears('queue-entry-allowed', { eventId, userId: next, message: '입장이 허용되었습니다.' });
  }
  // Told after it, to everybody in the room.
  for (const each of others)
    await each.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 1, threshold: 1 });
  expect(others[1]?.heard('queue-entry-allowed')).toEqual([]);
  expect(others[0]?.heard('queue-entry-allowed').map(({ userId }) => userId)).toEqual([inside]);
  for (const each of own) expect(each.heard('queue-entry-allowed')).toHaveLength(1);
});

test('the length of the line is told at most once a tick, however many instances and changes there are', async () => {
  const { eventId } = await service.seedEvent();
  const watchers = [await connect(0), await connect(1)];
  for (const watcher of watchers) await watcher.send('join-queue', { eventId });
  const crowd = Array.from({ length: 60 }, () => randomUUID());
  const started = performance.now();
  for (const [index, userId] of crowd.entries()) await queue('check', eventId, userId, index % 2);
  // Each of these changes the line and lets the next one in at once.
  for (const [index, userId] of crowd.entries()) await queue('leave', eventId, userId, index % 2);
  for (const watcher of watchers)
    await watcher.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 0 });
  const ticks = (performance.now() - started) / TICK_MS;
  for (const watcher of watchers) {
    const heard = watcher.heard('queue-updated').length;
    expect(heard).toBeGreaterThan(0);
    expect(heard).toBeLessThanOrEqual(Math.ceil(ticks) + 1);
  }
  expect(watchers[0]?.heard('queue-updated')).toEqual(watchers[1]?.heard('queue-updated'));
});

test('an emptied line is told to everybody in it', async () => {
  const { eventId } = await service.seedEvent();
  const watchers = [await connect(0), await connect(1)];
  for (const { userId, send } of watchers) {
    await queue('check', eventId, userId);
    await send('join-queue', { eventId });
  }
  await queue('clear', eventId, randomUUID(), 1);
  for (const watcher of watchers) {
    await watcher.hears('queue-cleared', { eventId, message: '관리자가 대기열을 초기화했습니다.' });
    await watcher.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 0 });
  }
});

test('who left the queue room hears no more of the line', async () => {
  const { eventId } = await service.seedEvent();
  const [left, stays] = [await connect(0), await connect(0)];
  for (const each of [left, stays]) await each.send('join-queue', { eventId });
  await left.send('leave-queue', { eventId });
  await queue('clear', eventId, randomUUID(), 1);
  await stays.hears('queue-cleared', { eventId });
  expect(left.heard('queue-cleared')).toEqual([]);
});

test('an open socket keeps its place longer than a time to live, and finds it again when it comes back', async () => {
  const env = {
    QUEUE_THRESHOLD: '1',
    QUEUE_TICK_MS: String(TICK_MS),
    QUEUE_TTL_SECONDS: '2',
    QUEUE_REFORM_SECONDS: '0',
  };
  const short = await startService({ instances: 2, env });
  try {
    const { eventId } = await short.seedEvent();
    const { person } = queueOf(short, eventId);
    const join = async (instance: number, userId: string) => {
      const listener = await sockets.connect(short.origins[instance] as string, { userId });
      expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
      return listener;
    };
    const [first, silent, last] = [person(), person(), person()];
    await inTurn([first, silent, last], ({ check }) => check());
    const [inside, waiting] = [await join(0, first.userId), await join(1, last.userId)];

    // The one without a socket is gone: a time to live has passed since all three came.
    const gone = { eventId, queueSize: 1, currentUsers: 1 };
    await waiting.hears('queue-updated', gone, 10_000);
    await inside.hears('queue-updated', gone);

    waiting.socket.disconnect();
    const again = await sockets.connect(short.origins[0] as string, { userId: last.userId });
    await again.hears('session-restored', { queueEventId: eventId });
    await first.leave();
    await again.hears('queue-entry-allowed', { eventId, userId: last.userId });
    await again.hears('queue-updated', { eventId, queueSize: 0 });
  } finally {
    await short.stop();
  }
});

test('whose turn came while the connection was away is told on coming back', async () => {
  const { eventId } = await service.seedEvent();
  const [inside, waiting] = [randomUUID(), await connect(0)];
  await queue('check', eventId, inside);
  await queue('check', eventId, waiting.userId);
  await waiting.send('join-queue', { eventId });
  waiting.socket.disconnect();
  await queue('leave', eventId, inside, 1);
  const again = await connect(1, waiting.userId);
  await again.hears('queue-entry-allowed', { eventId, userId: waiting.userId });
});

test('a place in one line outlives leaving another', async () => {
  const [one, other] = [await service.seedEvent(), await service.seedEvent()];
  await queue('check', one.eventId);
  const waiting = await connect(0);
  await queue('check', one.eventId, waiting.userId);
  await waiting.send('join-queue', { eventId: one.eventId });
  await queue('check', other.eventId, waiting.userId);
  await queue('leave', other.eventId, waiting.userId);
  waiting.socket.disconnect();
  const again = await connect(1, waiting.userId);
  await again.hears('session-restored', { queueEventId: one.eventId });
});

test('sockets keep their places, whatever Redis has instead of the line of another event', async () => {
  const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: String(TICK_MS), QUEUE_TTL_SECONDS: '2' };
  const short = await startService({ env });
  try {
    const [broken, sound] = [(await short.seedEvent()).eventId, (await short.seedEvent()).eventId];
    const listener = await sockets.connect(short.origin);
    const { userId } = listener;
    // In this order he is in contact with the two.
    for (const eventId of [broken, sound]) {
      await listener.send('join-queue', { eventId });
      const { person } = queueOf(short, eventId);
      await inTurn([person(), person({ userId })], ({ check }) => check());
    }
    const key = (eventId: string) => `${short.app.redisPrefix}:{${eventId}}:waiting`;
    await short.redis.client.set(key(broken), 'no line');
    const contact = () => short.redis.client.zscore(key(sound), packUuid(userId));
    for (let contacts = 0; contacts < 2; contacts++) {
      const before = await contact();
      await eventually(async () => {
        const now = await contact();
        expect(now).not.toBeNull();
        expect(now).not.toBe(before);
      });
    }
    listener.socket.disconnect();
    const again = await sockets.connect(short.origin, { userId });
    await again.hears('session-restored', { queueEventId: sound });
  } finally {
    await short.stop();
  }
});

test('who left the line is not led back into it', async () => {
  const { eventId } = await service.seedEvent();
  await queue('check', eventId);
  const waiting = await connect(0);
  await queue('check', eventId, waiting.userId);
  await waiting.send('join-queue', { eventId });
  await queue('leave', eventId, waiting.userId);
  waiting.socket.disconnect();
  const again = await connect(0, waiting.userId);
  // Answered after what the connection brought about by itself.
  await again.send('join-queue', { eventId });
  expect(again.heard('session-restored')).toEqual([]);
});
