import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../src/plugins/auth.ts';
import { apiOf, tally } from '../support/api.ts';
import { type Service, type ServiceOptions, startService } from '../support/service.ts';
import { eventually } from '../support/wait.ts';

/** Two instances whose line moves only when somebody leaves. */
let still: Service;
const others: Service[] = [];

beforeAll(async () => {
  still = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '3', QUEUE_TICK_MS: '60000' } });
});
afterEach(async () => {
  for (const service of others.splice(0)) await service.stop();
});
afterAll(() => still.stop());

async function start(env: ServiceOptions['env']): Promise<Service> {
  const service = await startService({ instances: 2, ...(env && { env }) });
  others.push(service);
  return service;
}

const people = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

function queueOf(service: Service, eventId: string) {
  const call = async (
    method: 'GET' | 'POST',
    path: string,
    instance: number,
    userId: string,
    role?: Role,
  ) => {
    const app = service.apps[instance % service.apps.length] ?? service.app;
    const url = `/api/v1/queue/${path}/${eventId}`;
    const answer = await app.inject({ method, url, headers: service.as(userId, role) });
    return { status: answer.statusCode, body: answer.json() };
  };
  return {
    check: (userId: string, instance = 0) => call('POST', 'check', instance, userId),
    status: (userId: string, instance = 0) => call('GET', 'status', instance, userId),
    leave: (userId: string, instance = 0) => call('POST', 'leave', instance, userId),
    admin: async (instance = 0) => (await call('GET', 'admin', instance, randomUUID(), 'admin')).body,
    clear: (instance = 0) => call('POST', 'admin/clear', instance, randomUUID(), 'admin'),
  };
}

const keysOf = async ({ app }: Service, part = '') =>
  (await app.redis.keys(`${app.redisPrefix}:*${part}*`)).filter((key) => !key.endsWith(':socket.io')).sort();

test('300 people at once on two instances: as many are inside as allowed, and no two wait at one position', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const answers = await Promise.all(people(300).map((userId, index) => queue.check(userId, index)));
  const inLine = answers.filter(({ body }) => body.queued);
  expect(answers.length - inLine.length).toBe(3);
  const positions = inLine.map(({ body }) => body.position as number).sort((a, b) => a - b);
  expect(positions).toEqual(Array.from({ length: 297 }, (_, index) => index + 1));
  expect(await queue.admin(1)).toEqual({
    eventId,
    queueSize: 297,
    currentUsers: 3,
    threshold: 3,
    available: 0,
  });
});

test('position, size, people inside and estimate are told as they are, and asking again changes nothing', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const [a, b, c, d, e] = people(5) as [string, string, string, string, string];
  const stranger = {
    queued: false,
    position: 0,
    queueSize: 0,
    estimatedWait: 0,
    currentUsers: 0,
    threshold: 3,
  };
  expect((await queue.status(a)).body).toEqual(stranger);
  expect((await queue.check(a)).body).toEqual({ queued: false, currentUsers: 1, threshold: 3 });
  for (const userId of [b, c, d]) await queue.check(userId);
  // The second of those who wait, with room for three who stay for five minutes as far as anybody knows.
  const second = {
    queued: true,
    position: 2,
    queueSize: 2,
    estimatedWait: 200,
    currentUsers: 3,
    threshold: 3,
  };
  expect((await queue.check(e)).body).toEqual(second);
  expect((await queue.check(e, 1)).body).toEqual(second);
  expect((await queue.status(e, 1)).body).toEqual(second);
  expect((await queue.check(a, 1)).body).toEqual({ queued: false, currentUsers: 3, threshold: 3 });
  expect((await queue.status(a)).body).toEqual({ ...stranger, queueSize: 2, currentUsers: 3 });
});

test('who leaves makes room for the head of the line at once, and leaving twice makes none', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const [a, b, c, d, e, late] = people(6) as [string, string, string, string, string, string];
  for (const userId of [a, b, c, d, e]) await queue.check(userId);
  expect(await queue.leave(a, 1)).toEqual({ status: 200, body: { message: '대기열에서 나왔습니다.' } });
  expect((await queue.leave(a)).status).toBe(200);
  expect((await queue.check(late)).body).toMatchObject({ queued: true, position: 2, queueSize: 2 });
  expect((await queue.status(d)).body).toMatchObject({ queued: false, currentUsers: 3, queueSize: 2 });
  expect((await queue.status(e)).body).toMatchObject({ queued: true, position: 1 });
  expect((await queue.leave(e)).status).toBe(200);
  expect((await queue.status(late)).body).toMatchObject({ queued: true, position: 1, currentUsers: 3 });
});

test('the line keeps its order through a hundred departures, and the threshold holds all the time', async () => {
  const service = await start({ QUEUE_THRESHOLD: '5', QUEUE_TICK_MS: '50' });
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const line = people(105);
  for (const userId of line) await queue.check(userId);
  for (let gone = 0; gone < 100; gone += 5) {
    // Those five are inside now; their successors are let in by whichever instance is first.
    const inside = line.slice(gone, gone + 5);
    await Promise.all(inside.map((userId, index) => queue.leave(userId, index)));
    const { currentUsers } = await queue.admin();
    expect(currentUsers).toBeLessThanOrEqual(5);
    await eventually(async () => {
      for (const userId of line.slice(gone + 5, gone + 10)) {
        expect((await queue.status(userId)).body).toMatchObject({ queued: false });
      }
      const next = line[gone + 10];
      if (next) expect((await queue.status(next)).body).toMatchObject({ queued: true, position: 1 });
    });
  }
});

test('contact keeps a place, silence ends it, and a tick lets the next one in without anybody asking', async () => {
  const service = await start({ QUEUE_THRESHOLD: '2', QUEUE_TTL_SECONDS: '1', QUEUE_TICK_MS: '50' });
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const [active, silent, waitsSilently, waits] = people(4) as [string, string, string, string];
  for (const userId of [active, silent, waitsSilently, waits]) await queue.check(userId);
  let polls = 0;
  await eventually(async () => {
    polls++;
    expect((await queue.check(active)).body).toMatchObject({ queued: false });
    expect((await queue.status(waits)).body).toMatchObject({ queued: false, queueSize: 0, currentUsers: 2 });
  });
  // Several contacts within a time to live, so it was contact that kept them.
  expect(polls).toBeGreaterThan(3);
  expect((await queue.check(silent)).body).toMatchObject({ queued: true, position: 1 });
});

test('reserving enters while there is no line, and is refused to those outside once there is one', async () => {
  const { eventId, seatIds } = await still.seedEvent({ seats: 10 });
  const tickets = await still.seedEvent({ stock: [10] });
  const [ticketTypeId] = tickets.ticketTypeIds as [string];
  const queue = queueOf(still, eventId);
  const [a, b, c, d] = people(4) as [string, string, string, string];
  const reserve = (userId: string, seat: number, instance = 0) =>
    apiOf(still, instance).reserve(eventId, [seatIds[seat] as string], userId);

  expect(tally([await reserve(a, 0), await reserve(b, 1, 1), await reserve(c, 2)])).toEqual({ 201: 3 });
  expect(await queue.admin()).toMatchObject({ queueSize: 0, currentUsers: 3 });
  // Full without a line yet: the threshold holds all the same.
  expect(tally([await reserve(d, 3)])).toEqual({ '403 QUEUE_REQUIRED': 1 });
  expect((await queue.check(d)).body).toMatchObject({ queued: true, position: 1 });
  expect(tally([await reserve(d, 3), await reserve(randomUUID(), 4, 1)])).toEqual({
    '403 QUEUE_REQUIRED': 2,
  });
  expect(tally([await reserve(a, 5)])).toEqual({ 201: 1 });
  await queue.leave(b);
  expect(tally([await reserve(d, 3, 1), await reserve(b, 6)])).toEqual({ 201: 1, '403 QUEUE_REQUIRED': 1 });

  const buy = (userId: string) => apiOf(still).buy(tickets.eventId, [{ ticketTypeId, quantity: 1 }], userId);
  const buyers = people(4);
  const answers = [];
  for (const userId of buyers) answers.push(await buy(userId));
  expect(tally(answers)).toEqual({ 201: 3, '403 QUEUE_REQUIRED': 1 });
});

test('clear empties the line and the inside, and the next one enters', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  for (const userId of people(6)) await queue.check(userId);
  expect(await queue.clear(1)).toEqual({ status: 200, body: { message: '대기열이 초기화되었습니다.' } });
  expect(await queue.admin()).toEqual({ eventId, queueSize: 0, currentUsers: 0, threshold: 3, available: 3 });
  expect((await queue.check(randomUUID())).body).toMatchObject({ queued: false, currentUsers: 1 });
});

test('an event that nobody knows is a 404, and no key is made for it', async () => {
  const before = await keysOf(still);
  const queue = queueOf(still, randomUUID());
  const userId = randomUUID();
  const answers = [
    await queue.check(userId),
    await queue.status(userId),
    await queue.leave(userId),
    await queue.clear(),
  ];
  expect(tally(answers)).toEqual({ '404 EVENT_NOT_FOUND': 4 });
  expect((await queue.admin()).code).toBe('EVENT_NOT_FOUND');
  const unknown = await apiOf(still).reserve(randomUUID(), [randomUUID()]);
  expect(tally([unknown])).toEqual({ '404 EVENT_NOT_FOUND': 1 });
  expect(await keysOf(still)).toEqual(before);
});

test('after everybody left, no key stays behind without an end', async () => {
  const service = await start({ QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '50' });
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  const queue = queueOf(service, eventId);
  const users = people(6);
  for (const [index, userId] of users.entries()) await queue.check(userId, index);
  await apiOf(service).reserve(eventId, [seatIds[0] as string], users[0]);
  for (const [index, userId] of users.entries()) await queue.leave(userId, index);
  await eventually(async () => {
    const keys = await keysOf(service);
    const ends = await Promise.all(keys.map((key) => service.app.redis.ttl(key)));
    expect(keys.filter((_, index) => ends[index] === -1)).toEqual([]);
  });
});

test('an instance whose Redis forgot the scripts goes on', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  expect((await queue.check(randomUUID())).status).toBe(200);
  await still.app.redis.script('FLUSH');
  expect((await queue.check(randomUUID())).body).toMatchObject({ queued: false, currentUsers: 2 });
});

test('what Redis can not say of one event stops no sale of another, and of that one only where there was a line', async () => {
  // One lane: what is asked at the same time is decided together.
  const service = await start({ QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '60000', SALE_LANES: '1' });
  const api = apiOf(service);
  const seed = async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
    const buy = (userId?: string) =>
      api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }], userId);
    return { eventId, buy, queue: queueOf(service, eventId) };
  };
  const [broken, brokenWithLine, well, wellWithLine] = [
    await seed(),
    await seed(),
    await seed(),
    await seed(),
  ];
  const [inside, waiting] = people(2) as [string, string];
  for (const { queue } of [brokenWithLine, wellWithLine]) {
    await queue.check(inside);
    expect((await queue.check(waiting)).body).toMatchObject({ queued: true });
  }
  for (const { eventId } of [broken, brokenWithLine])
    await service.app.redis.set(`${service.app.redisPrefix}:{${eventId}}:active`, 'of the wrong type');

  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([
      broken.buy(),
      brokenWithLine.buy(inside),
      well.buy(inside),
      wellWithLine.buy(inside),
      wellWithLine.buy(waiting),
    ]);
    expect(answers.map(({ status, body }) => body.code ?? status)).toEqual([
      201,
      'SERVICE_UNAVAILABLE',
      201,
      201,
      'QUEUE_REQUIRED',
    ]);
  }
});
