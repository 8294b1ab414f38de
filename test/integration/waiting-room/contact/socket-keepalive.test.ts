import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { packUuid } from '../../../../src/lib/uuid.ts';
import { type Service, startService } from '../../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 200;
const env = { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: String(TICK_MS) };

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2, env });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

async function join(of: Service, instance: number, eventId: string, userId: string): Promise<Listener> {
  const listener = await sockets.connect(of.origins[instance] as string, { userId });
  expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
  return listener;
}

test('an open socket keeps its place longer than a time to live, and a reconnected one finds it again', async () => {
  const short = await startService({
    instances: 2,
    env: { ...env, QUEUE_TTL_SECONDS: '4', QUEUE_REFORM_SECONDS: '0' },
  });
  onTestFinished(() => short.stop());
  const { eventId } = await short.seedEvent();
  const people = queueOf(short, eventId).people(3);
  const [first, , last] = people as [Person, Person, Person];
  // Before they have places, which would end if this took too long.
  const [inside, waiting] = [
    await join(short, 0, eventId, first.userId),
    await join(short, 1, eventId, last.userId),
  ];
  await inTurn(people, (person, index) => person.check(index));

  // The person without a socket is gone: a time to live has passed since all three came.
  const gone = { eventId, queueSize: 1, currentUsers: 1, servedSeq: 1 };
  await waiting.hears('queue-updated', gone, 10_000);
  await inside.hears('queue-updated', gone);

  waiting.socket.disconnect();
  const again = await sockets.connect(short.origins[0] as string, { userId: last.userId });
  await again.hears('session-restored', { queueEventId: eventId });
  await first.leave();
  await again.hears('queue-entry-allowed', { eventId, userId: last.userId });
  await again.hears('queue-updated', { eventId, queueSize: 0 });
});

test('a computer that falls asleep keeps its place until its socket misses a ping', async () => {
  const short = await startService({ env: { ...env, QUEUE_TTL_SECONDS: '2' } });
  onTestFinished(() => short.stop());
  Object.assign(short.app.io.engine.opts, { pingInterval: 100, pingTimeout: 3_000 });
  const { eventId } = await short.seedEvent();
  const { userId, check } = queueOf(short, eventId).person();
  const inside = `${short.app.redisPrefix}:{${eventId}}:inside`;
  const place = () => short.redis.client.zscore(inside, packUuid(userId));

  const socket = await joinWithoutPongs(short, eventId, userId);
  const closed = once(socket, 'close');
  await check();
  await closed;
  // A time to live has passed since the last that it sent.
  expect(await place()).not.toBeNull();
  await eventually(async () => expect(await place()).toBeNull(), { timeout: 10_000 });
});

/** Joins a line by a socket that sends nothing else, not even the answer to a ping. */
async function joinWithoutPongs(of: Service, eventId: string, userId: string): Promise<WebSocket> {
  const socket = new WebSocket(`${of.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  socket.addEventListener('open', () => socket.send(`40${JSON.stringify({ token: of.token({ userId }) })}`));
  const answer = await new Promise((resolve) => {
    socket.addEventListener('message', ({ data }: { data: string }) => {
      if (data.startsWith('40')) socket.send(`420${JSON.stringify(['join-queue', { eventId }])}`);
      if (data.startsWith('43')) resolve(data);
    });
  });
  expect(answer).toBe('430[{"ok":true}]');
  return socket;
}

test('a place in one line outlives leaving another line', async () => {
  const [one, other] = [await withPeople(service, 1), await withPeople(service, 0)];
  const waiting = one.queue.person();
  await waiting.check();
  const listener = await join(service, 0, one.eventId, waiting.userId);
  const elsewhere = other.queue.person({ userId: waiting.userId });
  await elsewhere.check();
  await elsewhere.leave();
  listener.socket.disconnect();
  const again = await sockets.connect(service.origins[1] as string, { userId: waiting.userId });
  await again.hears('session-restored', { queueEventId: one.eventId });
});

test('a broken line of one event costs no socket its place in the line of another event', async () => {
  // Only in line: a place inside that ended would let the user in.
  const short = await startService({ env: { ...env, QUEUE_WAITING_TTL_SECONDS: '4' } });
  onTestFinished(() => short.stop());
  const [broken, sound] = [(await short.seedEvent()).eventId, (await short.seedEvent()).eventId];
  const listener = await sockets.connect(short.origin);
  const { userId } = listener;
  // The socket renews its places in this order: the broken one first.
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
});

test('a person who left the line is not led back into it', async () => {
  const { eventId, queue } = await withPeople(service, 1);
  const waiting = queue.person();
  await waiting.check();
  const listener = await join(service, 0, eventId, waiting.userId);
  await waiting.leave();
  listener.socket.disconnect();
  const again = await sockets.connect(service.origins[0] as string, { userId: waiting.userId });
  // Acknowledged after everything that the connection brought about by itself.
  await again.send('join-queue', { eventId });
  expect(again.heard('session-restored')).toEqual([]);
});

test('a turn whose news were lost is told as soon as other instances are heard again', async () => {
  const { eventId, people } = await withPeople(service, 2);
  const [first, next] = people as [Person, Person];
  const listener = await join(service, 1, eventId, next.userId);
  // Also those of a contact every 15 s, which may come just now.
  const lost = service.apps.flatMap(({ announcements }) =>
    (['entryAllowed', 'entryAllowedHere'] as const).map((name) =>
      vi.spyOn(announcements, name).mockImplementation(() => undefined),
    ),
  );
  const found = () => lost.forEach((each) => void each.mockRestore());
  onTestFinished(found);
  await first.leave();
  const called = `${service.app.redisPrefix}:{${eventId}}:called`;
  await eventually(async () =>
    expect(await service.redis.client.zscore(called, packUuid(next.userId))).not.toBeNull(),
  );
  expect(listener.heard('queue-entry-allowed')).toEqual([]);
  found();
  // Without this, the next contact of the socket comes after up to 15 s.
  service.apps[1]?.announcements.hearing();
  await listener.hears('queue-entry-allowed', { eventId, userId: next.userId });
});
