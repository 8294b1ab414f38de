import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { type Service, type ServiceOptions, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

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

const text = expect.any(String) as unknown as string;
const keysOf = async ({ app }: Service, part = '') =>
  (await app.redis.keys(`${app.redisPrefix}:*${part}*`)).filter((key) => !key.endsWith(':socket.io')).sort();

test('300 people at once on two instances: as many are inside as allowed, and no two wait at one position', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const answers = await Promise.all(queue.people(300).map((person, index) => person.check(index)));
  const inLine = answers.filter(({ body }) => body.queued);
  expect(answers.length - inLine.length).toBe(3);
  for (const field of ['position', 'sequence']) {
    const numbers = inLine.map(({ body }) => body[field] as number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 297 }, (_, index) => index + 1));
  }
  expect((await queue.admin(1)).body).toMatchObject({
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
  const [a, b, c, d, e] = queue.people(5) as [Person, Person, Person, Person, Person];
  const stranger = {
    queued: false,
    state: 'outside',
    position: 0,
    queueSize: 0,
    servedSeq: 0,
    estimatedWait: 0,
    estimatedWaitRange: { min: 0, max: 0 },
    currentUsers: 0,
    threshold: 3,
    nextPollMs: expect.any(Number),
  };
  const entry = {
    queued: false,
    state: 'inside',
    currentUsers: 1,
    threshold: 3,
    servedSeq: 0,
    nextPollMs: 30_000,
    pass: text,
  };
  expect((await a.status()).body).toEqual(stranger);
  expect((await a.check()).body).toEqual(entry);
  await inTurn([b, c, d], (person) => person.check());
  // The second of those who wait.
  const second = {
    queued: true,
    state: 'waiting',
    position: 2,
    sequence: 2,
    servedSeq: 0,
    queueSize: 2,
    estimatedWait: expect.any(Number),
    estimatedWaitRange: { min: expect.any(Number), max: expect.any(Number) },
    currentUsers: 3,
    threshold: 3,
    nextPollMs: expect.any(Number),
    ticket: text,
  };
  for (const contact of [e.check, e.check, e.status, e.heartbeat]) {
    for (const instance of [0, 1]) {
      const { body } = await contact(instance);
      expect(body).toEqual(second);
      const { min, max } = body.estimatedWaitRange;
      expect(body.estimatedWait).toBeGreaterThan(0);
      expect(min).toBeLessThanOrEqual(body.estimatedWait);
      expect(max).toBeGreaterThanOrEqual(body.estimatedWait);
    }
  }
  expect((await a.check(1)).body).toEqual({ ...entry, currentUsers: 3 });
  const inside = { ...stranger, ...entry, queueSize: 2, currentUsers: 3 };
  for (const contact of [a.status, a.heartbeat]) expect((await contact(1)).body).toEqual(inside);
  expect((await queue.person().heartbeat()).body).toEqual({ ...stranger, queueSize: 2, currentUsers: 3 });
});

test('who leaves makes room for the head of the line at once, and leaving twice makes none', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const [a, b, c, d, e, late] = queue.people(6) as [Person, Person, Person, Person, Person, Person];
  await inTurn([a, b, c, d, e], (person) => person.check());
  const left = { status: 200, body: { message: '대기열에서 나왔습니다.' } };
  expect(await a.leave(1)).toMatchObject(left);
  expect(await a.leave()).toMatchObject(left);
  expect((await late.check()).body).toMatchObject({ queued: true, position: 2, queueSize: 2 });
  expect((await d.status()).body).toMatchObject({ queued: false, currentUsers: 3, queueSize: 2 });
  expect((await e.status()).body).toMatchObject({ queued: true, position: 1 });
  expect(await e.leave()).toMatchObject(left);
  expect((await late.status()).body).toMatchObject({ queued: true, position: 1, currentUsers: 3 });
});

test('a higher threshold makes room at once, and so does the end of a pause', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  const people = queue.people(6);
  await inTurn(people, (person) => person.check());
  const inside = async () =>
    (await inTurn(people, (person) => person.status())).map(({ body }) => body.state === 'inside');
  await queue.change({ threshold: 4 });
  expect(await inside()).toEqual([true, true, true, true, false, false]);
  await queue.change({ threshold: 6, paused: true });
  expect(await inside()).toEqual([true, true, true, true, false, false]);
  await queue.change({ paused: false });
  expect(await inside()).toEqual(Array(6).fill(true));
});

test('the line keeps its order through a hundred departures, and the threshold holds all the time', async () => {
  const service = await start({ QUEUE_THRESHOLD: '5', QUEUE_TICK_MS: '50' });
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  const line = queue.people(105);
  await inTurn(line, (person, index) => person.check(index));
  for (let gone = 0; gone < 100; gone += 5) {
    // Those five are inside now; their successors are let in by whichever instance is first.
    const inside = line.slice(gone, gone + 5);
    await Promise.all(inside.map((person, index) => person.leave(index)));
    expect((await queue.admin()).body.currentUsers).toBeLessThanOrEqual(5);
    await eventually(async () => {
      for (const person of line.slice(gone + 5, gone + 10))
        expect((await person.status()).body).toMatchObject({ queued: false });
      const next = line[gone + 10];
      if (next) expect((await next.status()).body).toMatchObject({ queued: true, position: 1 });
    });
  }
});

test('an event that nobody knows is a 404, and no key is made for it', async () => {
  const before = await keysOf(still);
  const queue = queueOf(still, randomUUID());
  const { check, status, heartbeat, leave } = queue.person();
  const answers = await inTurn(
    [check, status, heartbeat, leave, queue.admin, queue.clear, () => queue.change({ threshold: 1 })],
    (ask) => ask(0),
  );
  expect(tally(answers)).toEqual({ '404 EVENT_NOT_FOUND': answers.length });
  const unknown = await apiOf(still).reserve(randomUUID(), [randomUUID()]);
  expect(tally([unknown])).toEqual({ '404 EVENT_NOT_FOUND': 1 });
  expect(await keysOf(still)).toEqual(before);
});

test('after everybody left, no key stays behind without an end', async () => {
  const service = await start({ QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '50' });
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  const queue = queueOf(service, eventId);
  const people = queue.people(6);
  await inTurn(people, (person, index) => person.check(index));
  expect((await people[0]?.reserve(seatIds[0]))?.status).toBe(201);
  await inTurn(people, (person, index) => person.leave(index));
  await eventually(async () => {
    const keys = await keysOf(service);
    const ends = await Promise.all(keys.map((key) => service.app.redis.ttl(key)));
    expect(keys.filter((_, index) => ends[index] === -1)).toEqual([]);
  });
});

test('an instance whose Redis forgot the scripts goes on', async () => {
  const { eventId } = await still.seedEvent();
  const queue = queueOf(still, eventId);
  expect((await queue.person().check()).status).toBe(200);
  await still.app.redis.script('FLUSH');
  expect((await queue.person().check()).body).toMatchObject({ queued: false, currentUsers: 2 });
});

test('what Redis can not say of one event stops no sale of another, and of that one only where there was a line', async () => {
  // One lane: what is asked at the same time is decided together.
  const service = await start({ QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '60000', SALE_LANES: '1' });
  const seed = async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
    const queue = queueOf(service, eventId);
    const [inside, waiting] = queue.people(2) as [Person, Person];
    return { eventId, queue, inside, waiting, buy: ({ buy }: Person) => buy(ticketTypeIds[0]) };
  };
  const [broken, brokenWithLine, well, wellWithLine] = [
    await seed(),
    await seed(),
    await seed(),
    await seed(),
  ];
  for (const { inside, waiting } of [brokenWithLine, wellWithLine]) {
    await inside.check();
    expect((await waiting.check()).body).toMatchObject({ queued: true });
  }
  for (const { eventId } of [broken, brokenWithLine])
    await service.app.redis.set(`${service.app.redisPrefix}:{${eventId}}:active`, 'of the wrong type');

  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([
      broken.buy(broken.queue.person()),
      // Who proves that he was inside goes on, as if all of Redis were away.
      brokenWithLine.buy(brokenWithLine.inside),
      brokenWithLine.buy(brokenWithLine.waiting),
      well.buy(well.inside),
      wellWithLine.buy(wellWithLine.inside),
      wellWithLine.buy(wellWithLine.waiting),
    ]);
    expect(answers.map(({ status, body }) => body.code ?? status)).toEqual([
      201,
      201,
      'SERVICE_UNAVAILABLE',
      201,
      201,
      'QUEUE_REQUIRED',
    ]);
  }
});
