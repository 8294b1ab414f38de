import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { positionInLine } from '../../../../src/client/places.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { packUuid } from '../../../../src/lib/uuid.ts';
import { createCommands } from '../../../../src/waiting-room/redis/commands.ts';
import { SECRET, type Service, startService } from '../../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 100;
const TTL_SECONDS = 12;

let service: Service;
/** Whose line moves only when somebody leaves. */
let still: Service;
let sockets: Sockets;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: '2' };
  service = await startService({ instances: 2, env: { ...env, QUEUE_TICK_MS: String(TICK_MS) } });
  still = await startService({
    instances: 2,
    env: { ...env, QUEUE_TICK_MS: '60000', QUEUE_TTL_SECONDS: String(TTL_SECONDS) },
  });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(async () => {
  await service.stop();
  await still.stop();
});

async function withPeople(of: Service, count: number) {
  const { eventId } = await of.seedEvent();
  const queue = queueOf(of, eventId);
  const people = queue.people(count);
  const answers = await inTurn(people, (person, index) => person.check(index));
  return { eventId, queue, people, answers: answers.map(({ body }) => body) };
}

const connect = (of: Service, instance: number, { userId }: { userId: string }) =>
  sockets.connect(of.origins[instance] as string, { userId });

async function joins(listener: Listener, eventId: string): Promise<Listener> {
  expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
  return listener;
}

describe('the line', () => {
  test('tells everybody how far it has come, and each computes his own position from that', async () => {
    const { eventId, people, answers } = await withPeople(service, 14);
    const watcher = await joins(await connect(service, 1, people[13] as Person), eventId);
    const sequences = new Map(people.map((person, index) => [person, answers[index].sequence as number]));
    let line = people.slice(2);
    const told = () => watcher.heard('queue-updated').at(-1);
    /** Once the line was told as it is, each knows where he is. */
    const all = async () => {
      await watcher.hears('queue-updated', { queueSize: line.length });
      return await inTurn(line, async (person) => {
        const { body } = await person.status();
        const change = told() as NonNullable<ReturnType<typeof told>>;
        return { asked: body.position, known: positionInLine(sequences.get(person) ?? 0, change) };
      });
    };
    for (const leaving of people.slice(0, 6)) {
      await leaving.leave();
      line = line.slice(1);
      for (const { asked, known } of await all()) expect(known).toBe(asked);
    }
    // Somebody in the midst gives up: those behind him are nearer than they know, and never farther.
    await line[2]?.leave(1);
    line = line.filter((_, index) => index !== 2);
    for (const [index, { asked, known }] of (await all()).entries()) {
      expect(asked).toBe(index + 1);
      expect(known).toBeGreaterThanOrEqual(asked);
      expect(known).toBeLessThanOrEqual(asked + 1);
    }
  });

  test('tells it once a tick at most, and not at all while nothing changes', async () => {
    const { eventId, queue } = await withPeople(service, 0);
    const watchers = [
      await joins(await connect(service, 0, queue.person()), eventId),
      await joins(await connect(service, 1, queue.person()), eventId),
    ];
    await inTurn(queue.people(3), (person, index) => person.check(index));
    for (const watcher of watchers) await watcher.hears('queue-updated', { queueSize: 1, currentUsers: 2 });
    const before = watchers.map((watcher) => watcher.heard('queue-updated').length);
    // Ten ticks, counted by what another line tells.
    const other = await withPeople(service, 3);
    const clock = await joins(await connect(service, 0, other.queue.person()), other.eventId);
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

  test('asks those who are far back to come again later, and nobody so late that he loses his place', async () => {
    const { queue, people, answers } = await withPeople(service, 60);
    await queue.change({ threshold: 30 });
    const polls = (await inTurn(people, (person) => person.status()))
      .map(({ body }) => body)
      .filter(({ state }) => state === 'waiting')
      .map(({ nextPollMs }) => nextPollMs as number);
    expect(answers[0].nextPollMs).toBeLessThanOrEqual(300_000 / 4);
    expect(polls).toEqual(polls.toSorted((a, b) => a - b));
    expect(polls.at(-1)).toBeGreaterThan(polls[0] as number);
    expect(polls[0]).toBeGreaterThanOrEqual(1_000);
    expect(polls.at(-1)).toBeLessThanOrEqual(300_000 / 4);
    // Where silence ends a place sooner.
    const short = await withPeople(still, 5);
    for (const { nextPollMs } of short.answers)
      expect(nextPollMs).toBeLessThanOrEqual((TTL_SECONDS * 1_000) / 4);
  });
});

describe('whose turn it is', () => {
  test('hears so on all of his sockets, and again whenever he comes back, until he uses it', async () => {
    const { eventId, people } = await withPeople(service, 4);
    const [first, , next, last] = people as [Person, Person, Person, Person];
    // In another line all the while: what every connection hears of.
    const control = await withPeople(service, 3);
    const controlled = queueOf(service, control.eventId).person({ userId: next.userId });
    await controlled.check();
    const own = [
      await joins(await connect(service, 0, next), eventId),
      // Not in the room of the line: on another page.
      await connect(service, 1, next),
    ];
    const other = await joins(await connect(service, 0, last), eventId);
    await first.leave(1);
    const told = { eventId, userId: next.userId, message: '입장이 허용되었습니다.' };
    for (const listener of own) await listener.hears('queue-entry-allowed', told);

    for (const instance of [0, 1]) {
      const again = await connect(service, instance, next);
      await again.hears('queue-entry-allowed', told);
      expect(again.heard('session-restored')).toContainEqual({ queueEventId: eventId });
    }
    // Asking where he stands is not using it.
    await next.status();
    await (await connect(service, 0, next)).hears('queue-entry-allowed', told);
    await next.check(1);
    for (const instance of [0, 1]) {
      const later = await connect(service, instance, next);
      await later.hears('session-restored', { queueEventId: control.eventId });
      expect(await later.send('join-event', { eventId })).toEqual({ ok: true });
      expect(later.heard('queue-entry-allowed')).toEqual([]);
    }
    expect(other.heard('queue-entry-allowed')).toEqual([]);
  });

  test('uses it by a reservation as well', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const queue = queueOf(service, eventId);
    const [first, second, next] = queue.people(3) as [Person, Person, Person];
    await inTurn([first, second, next], (person) => person.check());
    await first.leave();
    await (await connect(service, 1, next)).hears('queue-entry-allowed', { eventId });
    expect((await next.reserve(seatIds[0], 1)).status).toBe(201);
    const control = await withPeople(service, 2);
    await queueOf(service, control.eventId).person({ userId: next.userId }).check();
    const later = await connect(service, 1, next);
    await later.hears('session-restored', { queueEventId: control.eventId });
    expect(await later.send('join-event', { eventId })).toEqual({ ok: true });
    expect(later.heard('queue-entry-allowed')).toEqual([]);
  });

  test('hears so even if the instance that let him in never said it', async () => {
    const { eventId, people } = await withPeople(still, 4);
    const [first, , next, last] = people as [Person, Person, Person, Person];
    const [listener, other] = [
      await joins(await connect(still, 0, next), eventId),
      await joins(await connect(still, 0, last), eventId),
    ];
    // An instance that is killed between two of its steps.
    const { queue: settings } = loadConfig({ NODE_ENV: 'test', JWT_SECRET: SECRET, QUEUE_TICK_MS: '60000' });
    const killed = createCommands(still.app.redis, still.app.redisPrefix, {
      config: { ...settings, insideTtlSeconds: TTL_SECONDS, waitingTtlSeconds: TTL_SECONDS },
      settingsOf: () => ({
        threshold: 2,
        paused: false,
        drainPerSecond: undefined,
        lobbyOpensAt: undefined,
        startsAt: undefined,
        drawn: false,
        clearedAt: undefined,
      }),
    });
    await killed.leave(eventId, { userId: first.userId });
    const { admitted } = await killed.admit(eventId);
    expect(admitted.map(({ userId }) => userId)).toEqual([next.userId]);
    expect(listener.heard('queue-entry-allowed')).toEqual([]);
    const contactMs = (TTL_SECONDS * 1_000) / 4;
    await listener.hears('queue-entry-allowed', { eventId, userId: next.userId }, contactMs + 1_000);
    expect(other.heard('queue-entry-allowed')).toEqual([]);
    // Until he uses it: two contacts of both sockets later nothing more was said.
    await next.check(1);
    const times = listener.heard('queue-entry-allowed').length;
    const lineKey = `${still.app.redisPrefix}:{${eventId}}:waiting`;
    for (let contacts = 0; contacts < 2; contacts++) {
      const contact = () => still.redis.client.zscore(lineKey, packUuid(last.userId));
      const before = await contact();
      await eventually(async () => expect(await contact()).not.toBe(before));
    }
    expect(listener.heard('queue-entry-allowed').length).toBeLessThanOrEqual(times + 1);
    expect(other.heard('queue-entry-allowed')).toEqual([]);
  });
});
