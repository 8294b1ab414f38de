import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, queueOf } from '../../../support/waiting-room/queue-client.ts';

let service: Service;

beforeAll(async () => {
  // Purchases of the same time ask for entry in one batch. With one lane, the sale decides them in one batch too.
  const env = { QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '60000', SALE_LANES: '1' };
  service = await startService({ instances: 2, env });
});
afterAll(() => service.stop());

const keysOf = async ({ app }: Service) =>
  (await app.redis.keys(`${app.redisPrefix}:*`)).filter((key) => !key.endsWith(':socket.io')).sort();

test('an unknown event is a 404 and makes no key', async () => {
  const before = await keysOf(service);
  const queue = queueOf(service, randomUUID());
  const { check, status, heartbeat, leave } = queue.person();
  const answers = await inTurn(
    [check, status, heartbeat, leave, queue.admin, queue.clear, () => queue.change({ threshold: 1 })],
    (ask) => ask(0),
  );
  expect(tally(answers)).toEqual({ '404 EVENT_NOT_FOUND': answers.length });
  const unknown = await apiOf(service).reserve(randomUUID(), [randomUUID()]);
  expect(tally([unknown])).toEqual({ '404 EVENT_NOT_FOUND': 1 });
  expect(await keysOf(service)).toEqual(before);
});

test('every key that is left after everybody has gone has an end', async () => {
  const ticking = await startService({
    instances: 2,
    env: { QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '50' },
  });
  onTestFinished(() => ticking.stop());
  const { eventId, seatIds } = await ticking.seedEvent({ seats: 4 });
  const queue = queueOf(ticking, eventId);
  const people = queue.people(6);
  await inTurn(people, (person, index) => person.check(index));
  expect((await queue.admin()).body).toMatchObject({ currentUsers: 2, queueSize: 4 });
  expect((await people[0]?.reserve(seatIds[0]))?.status).toBe(201);
  await inTurn(people, (person, index) => person.leave(index));
  await eventually(async () => {
    const keys = await keysOf(ticking);
    const ends = await Promise.all(keys.map((key) => ticking.app.redis.ttl(key)));
    expect(keys.filter((_, index) => ends[index] === -1)).toEqual([]);
  });
});

test('an instance goes on when Redis has forgotten the scripts', async () => {
  const { eventId } = await service.seedEvent();
  const queue = queueOf(service, eventId);
  expect((await queue.person().check()).status).toBe(200);
  await service.app.redis.script('FLUSH');
  expect((await queue.person().check()).body).toMatchObject({ queued: false, currentUsers: 2 });
});

test('a broken key of one event stops no sale of another event, and of its own only if there was a line', async () => {
  const seed = async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
    const queue = queueOf(service, eventId);
    await queue.change({ threshold: 1 });
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
    await service.app.redis.set(`${service.app.redisPrefix}:{${eventId}}:inside`, 'of the wrong type');

  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([
      broken.buy(broken.queue.person()),
      // A buyer with a proof of being inside goes on, as if all of Redis were away.
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
