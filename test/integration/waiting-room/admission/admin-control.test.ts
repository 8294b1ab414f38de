import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

const TICK_MS = 100;
/** A change holds on every instance within a second, and shows after a tick of each. A busy machine may need three times as long. */
const SOON = { timeout: 3 * (1_000 + 2 * TICK_MS) };

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  const env = { QUEUE_THRESHOLD: '3', QUEUE_TICK_MS: String(TICK_MS) };
  service = await startService({ instances: 2, env });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

/** A new event with as many people inside as it has room for, and the others in line. */
async function withPeople(count: number) {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const queue = queueOf(service, eventId);
  const people = queue.people(count);
  await inTurn(people, (person, index) => person.check(index));
  const states = async () =>
    (await inTurn(people, (person, index) => person.status(index))).map(({ body }) => body.state as string);
  return { eventId, seatIds, queue, people, states };
}

const inside = (count: number) => Array<string>(count).fill('inside');
const waiting = (count: number) => Array<string>(count).fill('waiting');

test('a higher threshold lets people in on every instance within a second, and null restores the default', async () => {
  const { queue, states } = await withPeople(8);
  expect(await states()).toEqual([...inside(3), ...waiting(5)]);
  const changed = await queue.change({ threshold: 7 }, 1);
  expect(changed).toMatchObject({ status: 200, body: { eventId: queue.eventId, threshold: 7 } });
  await eventually(async () => expect(await states()).toEqual([...inside(7), ...waiting(1)]), SOON);
  const full = { threshold: 7, currentUsers: 7, available: 0 };
  await eventually(async () => expect((await queue.admin()).body).toMatchObject(full), SOON);
  expect((await queue.admin(1)).body).toMatchObject(full);
  // The default threshold.
  await queue.change({ threshold: null });
  await eventually(async () => expect((await queue.admin(1)).body.threshold).toBe(3), SOON);
});

test('a lower threshold puts nobody out, and lets in nobody until there is room', async () => {
  const { queue, people, states, seatIds } = await withPeople(6);
  await queue.change({ threshold: 1 });
  await eventually(async () => expect((await queue.admin(1)).body.threshold).toBe(1), SOON);
  expect((await queue.admin()).body).toMatchObject({ currentUsers: 3, available: 0 });
  const [a, b, c] = people as [Person, Person, Person];
  const bought = await inTurn([a, b, c], (person, index) => person.reserve(seatIds[index], index));
  expect(tally(bought)).toEqual({ 201: 3 });
  for (const leaving of [a, b]) {
    await leaving.leave(1);
    expect((await states()).slice(2)).toEqual([...inside(1), ...waiting(3)]);
  }
  await c.leave();
  expect((await states()).slice(3)).toEqual([...inside(1), ...waiting(2)]);
});

test('a pause lets in nobody, and the people inside go on buying', async () => {
  const { queue, people, states, seatIds } = await withPeople(5);
  await queue.change({ paused: true }, 1);
  await eventually(async () => expect((await queue.admin()).body.paused).toBe(true), SOON);
  const [a, b, c] = people as [Person, Person, Person];
  await a.leave();
  await b.leave(1);
  const late = queue.person();
  expect((await late.reserve(seatIds[0], 1)).body).toMatchObject({ code: 'QUEUE_REQUIRED' });
  expect((await late.check(1)).body).toMatchObject({ state: 'waiting', position: 3, currentUsers: 1 });
  expect((await c.reserve(seatIds[1], 1)).status).toBe(201);
  expect((await states()).slice(2)).toEqual([...inside(1), ...waiting(2)]);
  await queue.change({ paused: false });
  await eventually(async () => expect((await states()).slice(2)).toEqual(inside(3)), SOON);
});

test('a pause closes an event without a line too', async () => {
  const { queue, people, seatIds } = await withPeople(1);
  await queue.change({ paused: true });
  await eventually(async () => expect((await queue.admin(1)).body.paused).toBe(true), SOON);
  const outsiders = queue.people(2);
  const answers = await inTurn(outsiders, (person, index) => person.reserve(seatIds[index], index));
  expect(tally(answers)).toEqual({ '403 QUEUE_REQUIRED': 2 });
  expect((await people[0]?.reserve(seatIds[2], 1))?.status).toBe(201);
});

test('a drain lets in no more people a second than it allows, however much room there is', async () => {
  const { queue, states } = await withPeople(15);
  const drain = 4;
  await queue.change({ drainPerSecond: drain });
  await eventually(async () => expect((await queue.admin(1)).body.drainPerSecond).toBe(drain), SOON);
  const started = performance.now();
  await queue.change({ threshold: 100 });
  const tooMany: string[] = [];
  await eventually(
    async () => {
      const known = (await states()).filter((state) => state === 'inside').length - 3;
      const seconds = (performance.now() - started) / 1_000;
      // After a pause at most a second's worth may go in at once, and one more.
      if (known > drain * (seconds + 1) + 1) tooMany.push(`${known} after ${seconds} s`);
      expect(known).toBe(12);
    },
    { timeout: 8_000 },
  );
  expect(tooMany).toEqual([]);
});

test('settings hold on every instance during an outage of Redis and after it', async () => {
  const env = { QUEUE_THRESHOLD: '3', QUEUE_TICK_MS: String(TICK_MS) };
  const fragile = await startService({ instances: 2, ownRedis: true, env });
  try {
    const { eventId, seatIds } = await fragile.seedEvent({ seats: 4 });
    const queue = queueOf(fragile, eventId);
    const [inside, outsider] = queue.people(2) as [Person, Person];
    await inside.check(1);
    await fragile.redis.stop();
    expect((await outsider.reserve(seatIds[0], 1)).status).toBe(201);
    // Its answer isn't asserted: without Redis the number inside is unknown.
    await queue.change({ paused: true, threshold: 2 });
    const refused = { '503 SERVICE_UNAVAILABLE': 1 };
    await eventually(
      async () => expect(tally([await outsider.reserve(seatIds[1], 1)])).toEqual(refused),
      SOON,
    );
    expect((await inside.reserve(seatIds[2], 1)).status).toBe(201);
    await fragile.redis.start();
    await eventually(async () => expect((await outsider.check(1)).status).toBe(200));
    expect((await inside.check(1)).body).toMatchObject({ state: 'inside', threshold: 2 });
    expect((await outsider.check(1)).body).toMatchObject({ queued: true, position: 1, currentUsers: 1 });
  } finally {
    await fragile.stop();
  }
});

test('a clear is announced to everybody, on every instance, and everybody may join again', async () => {
  const { eventId, queue, people } = await withPeople(6);
  const listeners = await inTurn(people, async ({ userId }, index) => {
    const listener = await sockets.connect(service.origins[index % 2] as string, { userId });
    await listener.send('join-queue', { eventId });
    return listener;
  });
  expect(await queue.clear(1)).toMatchObject({
    status: 200,
    body: { message: '대기열이 초기화되었습니다.' },
  });
  for (const listener of listeners) {
    await listener.hears('queue-cleared', { eventId, message: '관리자가 대기열을 초기화했습니다.' });
    await listener.hears('queue-updated', { eventId, queueSize: 0, currentUsers: 0 });
  }
  expect((await queue.admin()).body).toMatchObject({ queueSize: 0, currentUsers: 0, available: 3 });
  expect((await people[5]?.status())?.body.state).toBe('outside');
  const again = await inTurn(people.toReversed(), (person, index) => person.check(index));
  expect(again.map(({ body }) => body.state)).toEqual([...inside(3), ...waiting(3)]);
});

test('the last hour counts arrivals, admissions and abandonments, and how long people waited', async () => {
  const { queue, people } = await withPeople(8);
  const none = { seconds: 3_600, arrivals: 5, admissions: 0, abandonments: 0, waitP50: null, waitP95: null };
  expect((await queue.admin(1)).body.stats).toMatchObject(none);
  await people[7]?.leave(1);
  await inTurn(people.slice(0, 2), (person, index) => person.leave(index));
  const { stats } = (await queue.admin(1)).body;
  expect(stats).toMatchObject({ arrivals: 5, admissions: 2, abandonments: 1 });
  expect(stats.waitP50).toBeGreaterThanOrEqual(0);
  expect(stats.waitP95).toBeGreaterThanOrEqual(stats.waitP50);
  expect(stats.waitP95).toBeLessThan(30);
});

test.each(['user', 'service'] as const)(
  'a token with the role %s may neither read nor change nor clear',
  async (role) => {
    const { queue, states } = await withPeople(4);
    const before = (await queue.admin()).body;
    const answers = [
      await queue.admin(0, role),
      await queue.change({ threshold: 100, paused: true }, 1, role),
      await queue.clear(0, role),
    ];
    expect(tally(answers)).toEqual({ '403 FORBIDDEN': 3 });
    expect((await queue.admin(1)).body).toEqual(before);
    expect(await states()).toEqual([...inside(3), ...waiting(1)]);
  },
);
