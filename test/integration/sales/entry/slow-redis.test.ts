import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiOf, type HttpAnswer, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { startProxy, type TcpProxy } from '../../../support/proxy.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

const SALES = 20;
/** How long a sale waits for Redis. A timer may be a millisecond early. */
const IN_TIME_MS = 99;
const KINDS = ['seats', 'best', 'tickets'] as const;

let redis: TcpProxy;
let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({
    // One lane, so that all events share their batches.
    env: { SWEEP_INTERVAL_MS: '60000', SALE_LANES: '1', SEAT_LOCKS: 'true' },
    redisThroughPort: async (server) => {
      redis = await startProxy(server);
      return redis.port;
    },
  });
  // No command is given up on a busy machine: that is another promise.
  (service.app.redis as Redis).options.commandTimeout = 10_000;
  api = apiOf(service);
});
afterEach(async () => {
  redis.resume();
  redis.delayAnswers(0);
  // Its answer comes after all that are late.
  await eventually(() => service.app.redis.ping(), { timeout: 10_000 });
  await eventually(() => expect(service.app.redisHealth.answers).toBe(true), { timeout: 10_000 });
  await expectInvariants(service.db);
});
afterAll(async () => {
  await service.stop();
  await redis.close();
});

/** An event whose room the instance has heard of just now. */
async function eventOnSale() {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 200, stock: [1_000] });
  const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }];
  let seat = 199;
  const buy = {
    seats: (userId = randomUUID()) => api.reserve(eventId, [seatIds[seat--] as string], userId),
    best: (userId = randomUUID()) => api.best({ eventId, quantity: 1 }, userId),
    tickets: (userId = randomUUID()) => api.buy(eventId, items, userId),
  };
  expect((await buy.tickets()).status).toBe(201);
  return { eventId, buy };
}

const limitTo = (eventId: string, threshold: number, drainPerSecond: number | null = null) =>
  api.patch(`/queue/admin/${eventId}`, service.as(undefined, 'admin'), { threshold, drainPerSecond });

test.each([400, 900])(
  'sales one after another wait once for a Redis that answers %i ms late',
  async (delay) => {
    const { buy } = await eventOnSale();
    redis.delayAnswers(delay);
    const { redisHealth } = service.app;
    const { inTime } = redisHealth;
    onTestFinished(() => void Object.assign(redisHealth, { inTime }));
    let waits = 0;
    redisHealth.inTime = async (asked) => {
      const begun = performance.now();
      const found = await inTime(asked);
      if (performance.now() - begun >= IN_TIME_MS) waits++;
      return found;
    };
    let slow = 0;
    for (let sale = 0; sale < SALES; sale++) {
      const begun = performance.now();
      expect((await buy[KINDS[sale % 3] as (typeof KINDS)[number]]()).status).toBe(201);
      if (performance.now() - begun >= delay) slow++;
    }
    // A sale once, and others that began to wait at the same time.
    expect(waits).toBeLessThanOrEqual(3);
    // A busy machine holds some up.
    expect(slow).toBeLessThan(SALES / 2);
  },
);

test('a buyer of whom only a late Redis can say waits for its answer, and holds up no other sale', async () => {
  const { eventId, buy } = await eventOnSale();
  const other = await eventOnSale();
  const inside = randomUUID();
  expect((await limitTo(eventId, 2)).status).toBe(200);
  expect(tally([await buy.tickets(inside), await buy.tickets()])).toEqual({
    201: 1,
    '403 QUEUE_REQUIRED': 1,
  });
  redis.stall();
  // The first sale finds out that Redis is late.
  await other.buy.tickets();
  let outsider: HttpAnswer | undefined;
  const waiting = buy.tickets().then((answer) => {
    outsider = answer;
  });
  expect((await buy.tickets(inside)).status).toBe(201);
  expect((await other.buy.tickets()).status).toBe(201);
  expect(outsider).toBe(undefined);
  redis.resume();
  await waiting;
  expect(tally([outsider as unknown as HttpAnswer])).toEqual({ '403 QUEUE_REQUIRED': 1 });
});

test('no more newcomers buy while Redis is late than there is room for', async () => {
  const { eventId, buy } = await eventOnSale();
  expect((await limitTo(eventId, 11)).status).toBe(200);
  redis.delayAnswers(200);
  const answers = await Promise.all(Array.from({ length: 30 }, () => buy.tickets()));
  expect(tally(answers)).toEqual({ 201: 10, '403 QUEUE_REQUIRED': 20 });
});

test('no more newcomers buy while Redis is late than it lets in a second', async () => {
  const { eventId, buy } = await eventOnSale();
  expect((await limitTo(eventId, 100, 1)).status).toBe(200);
  redis.delayAnswers(200);
  const answers = await Promise.all(Array.from({ length: 20 }, () => buy.tickets()));
  // One, and one more for each second that a slow machine takes for all of them.
  expect(tally(answers)[201]).toBeLessThan(5);
  expect(Object.keys(tally(answers))).toEqual(['201', '403 QUEUE_REQUIRED']);
});

test('the metrics show that sales do not wait for Redis, until it answers in time', async () => {
  const { buy } = await eventOnSale();
  const degraded = async () =>
    (await service.app.metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('tiketi_degraded') && line.endsWith(' 1'))
      .flatMap((line) => /part="(\w+)"/.exec(line)?.[1] ?? []);
  redis.delayAnswers(300);
  await buy.seats();
  expect(await degraded()).toContain('entry');
  redis.delayAnswers(0);
  await eventually(async () => {
    await buy.seats();
    expect(await degraded()).toEqual([]);
  });
});
