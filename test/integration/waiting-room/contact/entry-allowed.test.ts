import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/config.ts';
import { packUuid } from '../../../../src/lib/uuid.ts';
import { createCommands } from '../../../../src/waiting-room/redis/commands.ts';
import { SECRET, type Service, startService } from '../../../support/service.ts';
import { type Listener, openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf, withPeople } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 100;
/** Open sockets renew their places every quarter of this time. */
const TTL_SECONDS = 6;

let service: Service;
/** Two instances that tick once a minute, so that the line moves only when a person leaves. */
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

const connect = (of: Service, instance: number, { userId }: { userId: string }) =>
  sockets.connect(of.origins[instance] as string, { userId });

async function joins(listener: Listener, eventId: string): Promise<Listener> {
  expect(await listener.send('join-queue', { eventId })).toEqual({ ok: true });
  return listener;
}

/** Puts the user in line for another event too: every connection of theirs hears of that line, so silence about this one is seen. */
async function waitElsewhere(userId: string): Promise<string> {
  const { eventId } = await withPeople(service, 3);
  await queueOf(service, eventId).person({ userId }).check();
  return eventId;
}

// First, since a contact of the sockets, 15 s after the start, tells a turn again.
test('a turn is told once to each socket of its person, on whichever instance, and to no other socket', async () => {
  const { eventId, queue, people } = await withPeople(service, 3);
  const [inside, , next] = people as [Person, Person, Person];
  const own = [await connect(service, 0, next), await connect(service, 1, next)];
  const others = [await connect(service, 0, inside), await connect(service, 1, queue.person())];
  for (const each of [...own, ...others]) await joins(each, eventId);
  await eventually(() => expect(others[0]?.heard('queue-entry-allowed')).toHaveLength(1));

  await inside.leave(1);
  for (const each of own)
    await each.hears('queue-entry-allowed', {
      eventId,
      userId: next.userId,
      message: '입장이 허용되었습니다.',
    });
  // Sent to the whole room after the turn was told.
  for (const each of others)
    await each.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 2, threshold: 2 });
  expect(others[1]?.heard('queue-entry-allowed')).toEqual([]);
  expect(others[0]?.heard('queue-entry-allowed').map(({ userId }) => userId)).toEqual([inside.userId]);
  for (const each of own) expect(each.heard('queue-entry-allowed')).toHaveLength(1);
});

test('a person is told of their turn on all their sockets, and on each new one until they use it', async () => {
  const { eventId, people } = await withPeople(service, 4);
  const [first, , next, last] = people as [Person, Person, Person, Person];
  const elsewhere = await waitElsewhere(next.userId);
  const own = [
    await joins(await connect(service, 0, next), eventId),
    // On another page: not in the queue room.
    await connect(service, 1, next),
  ];
  const other = await joins(await connect(service, 0, last), eventId);
  await first.leave(1);
  const told = { eventId, userId: next.userId, message: '입장이 허용되었습니다.' };
  for (const listener of own) await listener.hears('queue-entry-allowed', told);

  for (const instance of [0, 1]) {
    const again = await connect(service, instance, next);
    await again.hears('queue-entry-allowed', told);
    // A contact of another socket may have told this one before its session was restored.
    await eventually(() =>
      expect(again.heard('session-restored')).toContainEqual({
        eventId,
        queueEventId: eventId,
        seatEventId: null,
        selectedSeats: [],
      }),
    );
  }
  // A status request doesn't use the entry.
  await next.status();
  await (await connect(service, 0, next)).hears('queue-entry-allowed', told);
  await next.check(1);
  for (const instance of [0, 1]) {
    const later = await connect(service, instance, next);
    await later.hears('session-restored', { queueEventId: elsewhere });
    expect(await later.send('join-event', { eventId })).toEqual({ ok: true });
    expect(later.heard('queue-entry-allowed')).toEqual([]);
  }
  expect(other.heard('queue-entry-allowed')).toEqual([]);
});

test('a reservation uses the entry too', async () => {
  const { eventId, seatIds, people } = await withPeople(service, 3);
  const [first, , next] = people as [Person, Person, Person];
  await first.leave();
  await (await connect(service, 1, next)).hears('queue-entry-allowed', { eventId });
  expect((await next.reserve(seatIds[0], 1)).status).toBe(201);
  const elsewhere = await waitElsewhere(next.userId);
  const later = await connect(service, 1, next);
  // The held seat is restored as well, sooner or later.
  await eventually(() =>
    expect(later.heard('session-restored')).toContainEqual(
      expect.objectContaining({ queueEventId: elsewhere }),
    ),
  );
  expect(await later.send('join-event', { eventId })).toEqual({ ok: true });
  expect(later.heard('queue-entry-allowed')).toEqual([]);
});

test('a person is told of their turn although the instance that let them in was killed before it said so', async () => {
  const { eventId } = await still.seedEvent();
  const people = queueOf(still, eventId).people(4);
  const [first, , next, last] = people as [Person, Person, Person, Person];
  // Before they have places, which would end if this took too long.
  const [listener, other] = [
    await joins(await connect(still, 0, next), eventId),
    await joins(await connect(still, 0, last), eventId),
  ];
  await inTurn(people, (person, index) => person.check(index));
  // The commands of an instance that is killed between two of its steps.
  const { queue: settings } = loadConfig({ NODE_ENV: 'test', JWT_SECRET: SECRET, QUEUE_TICK_MS: '60000' });
  const killed = createCommands(still.app.redis, still.app.redisPrefix, {
    config: { ...settings, insideTtlSeconds: TTL_SECONDS },
    settingsOf: () => ({
      threshold: 2,
      paused: false,
      drainPerSecond: undefined,
      lobbyOpensAt: undefined,
      startsAt: undefined,
      waitingTtlSeconds: TTL_SECONDS,
      drawn: false,
      clearedAt: undefined,
    }),
  });
  await killed.leave(eventId, { userId: first.userId });
  const { admitted } = await killed.admit(eventId);
  expect(admitted.map(({ userId }) => userId)).toEqual([next.userId]);
  expect(listener.heard('queue-entry-allowed')).toEqual([]);
  await listener.hears('queue-entry-allowed', { eventId, userId: next.userId });
  expect(other.heard('queue-entry-allowed')).toEqual([]);

  const lineKey = `${still.app.redisPrefix}:{${eventId}}:waiting`;
  /** Waits until the sockets have renewed the places of their users once more. */
  const nextContact = async () => {
    const seen = () => still.redis.client.zscore(lineKey, packUuid(last.userId));
    const before = await seen();
    await eventually(async () => expect(await seen()).not.toBe(before));
  };
  await next.check(1);
  // A contact that began before the check may still tell them.
  await nextContact();
  const times = listener.heard('queue-entry-allowed').length;
  for (let contacts = 0; contacts < 2; contacts++) await nextContact();
  expect(listener.heard('queue-entry-allowed')).toHaveLength(times);
  expect(other.heard('queue-entry-allowed')).toEqual([]);
});

test('a turn that came while the person was disconnected is told when they come back', async () => {
  const { eventId, people } = await withPeople(service, 3);
  const [inside, , next] = people as [Person, Person, Person];
  const waiting = await joins(await connect(service, 0, next), eventId);
  waiting.socket.disconnect();
  await inside.leave(1);
  const again = await connect(service, 1, next);
  await again.hears('queue-entry-allowed', { eventId, userId: next.userId });
});
