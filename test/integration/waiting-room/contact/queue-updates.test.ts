import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { positionInLine } from '../../../../src/client/places.ts';
import { type Service, startService } from '../../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../../support/sockets.ts';
import { inTurn, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 100;

let service: Service;
/** Two instances that tick once a minute. */
let still: Service;
let sockets: Sockets;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: '2' };
  service = await startService({ instances: 2, env: { ...env, QUEUE_TICK_MS: String(TICK_MS) } });
  still = await startService({ instances: 2, env: { ...env, QUEUE_TICK_MS: '60000' } });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(async () => {
  await service.stop();
  await still.stop();
});

/** A socket of this user, or of a new one, in the queue room of the event. */
async function watch(of: Service, instance: number, eventId: string, userId?: string): Promise<Listener> {
  const listener = await sockets.connect(of.origins[instance] as string, { ...(userId && { userId }) });
  expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
  return listener;
}

test('an update says how far the line has come, and each person in it computes their own position from that', async () => {
  const { eventId, people, answers } = await withPeople(service, 14);
  const watcher = await watch(service, 1, eventId, people[13]?.userId);
  const sequences = new Map(people.map((person, index) => [person, answers[index].sequence as number]));
  let line = people.slice(2);
  const told = () => watcher.heard('queue-updated').at(-1);
  /** What each person in line is told when they ask, and what they compute from the last update. */
  const positions = async () => {
    await watcher.hears('queue-updated', { queueSize: line.length });
    return await inTurn(line, async (person) => {
      const { body } = await person.status();
      const update = told() as NonNullable<ReturnType<typeof told>>;
      return { asked: body.position, known: positionInLine(sequences.get(person) ?? 0, update) };
    });
  };
  for (const leaving of people.slice(0, 6)) {
    await leaving.leave();
    line = line.slice(1);
    for (const [index, { asked, known }] of (await positions()).entries())
      expect([asked, known]).toEqual([index + 1, index + 1]);
  }
  // A person in the middle gives up. The people behind them are nearer than they know, by one and never farther.
  const gap = 2;
  await line[gap]?.leave(1);
  line = line.filter((_, index) => index !== gap);
  for (const [index, { asked, known }] of (await positions()).entries()) {
    expect(asked).toBe(index + 1);
    expect(known).toBe(Math.min(index < gap ? asked : asked + 1, line.length));
  }
});

test('no update goes out while the line stands still, and at most one a tick while it moves', async () => {
  const { eventId, queue } = await withPeople(service, 0);
  const watchers = [await watch(service, 0, eventId), await watch(service, 1, eventId)];
  await inTurn(queue.people(3), (person, index) => person.check(index));
  for (const watcher of watchers) await watcher.hears('queue-updated', { queueSize: 1, currentUsers: 2 });
  const before = watchers.map((watcher) => watcher.heard('queue-updated').length);
  // Ten ticks, counted by the updates of another line.
  const other = await withPeople(service, 3);
  const clock = await watch(service, 0, other.eventId);
  for (let ticks = 1; ticks <= 10; ticks++) {
    await other.queue.person().check();
    await clock.hears('queue-updated', { queueSize: 1 + ticks });
  }
  expect(watchers.map((watcher) => watcher.heard('queue-updated').length)).toEqual(before);

  const started = performance.now();
  const crowd = queue.people(40);
  await inTurn(crowd, (person, index) => person.check(index));
  await inTurn(crowd, (person, index) => person.leave(index));
  await watchers[0]?.hears('queue-updated', { queueSize: 1 });
  const ticks = (performance.now() - started) / TICK_MS;
  for (const [index, watcher] of watchers.entries()) {
    const heard = watcher.heard('queue-updated').length - (before[index] ?? 0);
    expect(heard).toBeLessThanOrEqual(Math.ceil(ticks) + 1);
  }
});

test('eighty changes within one tick are one update, on every instance', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const watchers = [await watch(still, 0, eventId), await watch(still, 1, eventId)];
  const crowd = queue.people(40);
  await inTurn(crowd, (person, index) => person.check(index));
  await inTurn(crowd, (person, index) => person.leave(index));
  // Sent after everything that the changes brought about.
  await queue.clear(1);
  for (const watcher of watchers) {
    await watcher.hears('queue-cleared', { eventId });
    await watcher.hears('queue-updated', { queueSize: 0, currentUsers: 0 });
    // The first change, and the clear.
    expect(watcher.heard('queue-updated')).toHaveLength(2);
  }
});

test('every instance sends the same updates, however many instances change the line', async () => {
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const watchers = [await watch(service, 0, eventId), await watch(service, 1, eventId)];
  const crowd = queue.people(60);
  const started = performance.now();
  await inTurn(crowd, (person, index) => person.check(index));
  // Each of these changes the line and lets the next person in at once.
  await inTurn(crowd, (person, index) => person.leave(index));
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

test('a cleared line is announced to everybody in it', async () => {
  const { eventId, queue, people } = await withPeople(service, 2);
  const watchers = await inTurn(people, ({ userId }, index) => watch(service, index, eventId, userId));
  await queue.clear(1);
  for (const watcher of watchers) {
    await watcher.hears('queue-cleared', { eventId, message: '관리자가 대기열을 초기화했습니다.' });
    await watcher.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 0 });
  }
});

test('a socket that left the queue room hears no more of the line', async () => {
  const { eventId, queue } = await withPeople(service, 0);
  const [left, stays] = [await watch(service, 0, eventId), await watch(service, 0, eventId)];
  await left.send('leave-queue', { eventId });
  await queue.clear(1);
  await stays.hears('queue-cleared', { eventId });
  expect(left.heard('queue-cleared')).toEqual([]);
});
