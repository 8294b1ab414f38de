import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import tiketi from '../../../package.json' with { type: 'json' };
import type { InstanceStatus, ServiceStatus } from '../../../src/contract/schemas.ts';
import { apiOf, tally } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { openEventStream } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2, ownRedis: true });
});
afterAll(() => service.stop());

/** The status as one instance tells it to an organizer. */
async function statusFrom(instance: number): Promise<ServiceStatus> {
  const headers = service.as(randomUUID(), 'organizer');
  const { status, body } = await apiOf(service, instance).get('/admin/status', headers);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
/** The same once Redis answers within the 100 ms for which a status waits. A busy machine may take longer. */
const completeFrom = (instance: number) =>
  eventually(async () => {
    const found = await statusFrom(instance);
    expect(found.complete).toBe(true);
    return found;
  });
const idsFrom = async (instance: number) => (await completeFrom(instance)).instances.map(({ id }) => id);

test('instances see each other, with their health', async () => {
  // An answer that a busy machine has delayed counts as degraded until the next one.
  const { version, instances } = await eventually(async () => {
    const found = await completeFrom(0);
    expect(found.instances.map(({ degraded }) => degraded)).toEqual([[], []]);
    return found;
  });
  expect(version).toBe(tiketi.version);
  expect(new Set(instances.map(({ id }) => id)).size).toBe(2);
  for (const { postgres, redis, ...instance } of instances) {
    expect(instance).toMatchObject({ version, sockets: 0, streams: 0 });
    expect(postgres).toEqual({ status: 'up', latency_ms: expect.any(Number) });
    expect(redis).toEqual({ status: 'up', latency_ms: expect.any(Number) });
    expect(Math.abs(Date.now() - Date.parse(instance.seen_at))).toBeLessThan(5_000);
    expect(instance.started_at < instance.seen_at).toBe(true);
  }
  expect(await idsFrom(1)).toEqual(instances.map(({ id }) => id));
});

test('a buyer is refused', async () => {
  const { status, body } = await apiOf(service).get('/admin/status', randomUUID());
  expect(`${status} ${body.code}`).toBe('403 FORBIDDEN');
});

test('holds and refusals of the last minute are counted where they were answered, and together', async () => {
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 6, stock: [10] });
  const [first, second] = [apiOf(service, 0), apiOf(service, 1)];
  const [ticketTypeId] = ticketTypeIds;
  expect((await completeFrom(0)).total.holds).toEqual({ per_second: 0, p50_ms: null, p99_ms: null });
  const holds = [
    await first.reserve(eventId, seatIds.slice(0, 2)),
    await first.best({ eventId, quantity: 2 }),
    await first.buy(eventId, [{ ticketTypeId, quantity: 1 }]),
  ];
  expect(tally(holds)).toEqual({ 201: 3 });
  expect(tally([await second.reserve(eventId, seatIds.slice(0, 2))])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
  // A report is two seconds old at most; an instance that is asked tells of itself at once.
  await completeFrom(1);
  const { instances, total } = await completeFrom(0);
  const [seller, refuser] = instances as [InstanceStatus, InstanceStatus];
  expect(seller.holds.per_second).toBeGreaterThan(0);
  expect(seller).toMatchObject({ refusals_per_second: 0, errors_per_second: 0 });
  expect(refuser.refusals_per_second).toBeGreaterThan(0);
  expect(refuser).toMatchObject({ holds: { per_second: 0 }, errors_per_second: 0 });
  for (const { p50_ms, p99_ms } of [seller.holds, refuser.holds, total.holds]) {
    expect(p50_ms).toBeGreaterThan(0);
    expect(p99_ms).toBeGreaterThanOrEqual(p50_ms as number);
  }
  const both = (figure: (of: InstanceStatus) => number) => figure(seller) + figure(refuser);
  expect(total.holds.per_second).toBeCloseTo(
    both(({ holds }) => holds.per_second),
    1,
  );
  expect(total.requests_per_second).toBeCloseTo(
    both((of) => of.requests_per_second),
    1,
  );
  expect(total.refusals_per_second).toBeCloseTo(
    both((of) => of.refusals_per_second),
    1,
  );
});

test('open sockets and live streams are counted', async () => {
  const { eventId } = await service.seedEvent({ seats: 1 });
  const sockets = openSockets(service.token);
  await sockets.connect(service.origin);
  const stream = await openEventStream(`${service.origin}/api/v1/live/${eventId}`);
  const open = async () => {
    const { total } = await completeFrom(0);
    return [total.sockets, total.streams];
  };
  await eventually(async () => expect(await open()).toEqual([1, 1]));
  stream.close();
  expect(sockets.close()).toEqual([]);
  await eventually(async () => expect(await open()).toEqual([0, 0]));
});

test('an instance that ends is gone at once', async () => {
  const app = await service.startAnother();
  expect(await idsFrom(0)).toHaveLength(3);
  await app.close();
  service.apps.pop();
  expect(await idsFrom(0)).toHaveLength(2);
});

test('an instance that was killed is gone 10 seconds after its last report', async () => {
  const { redis, redisPrefix } = service.app;
  const key = `${redisPrefix}:instances:1`;
  const [report] = (await redis.hvals(key)) as [string];
  const reported = (ago: number) => report.replace(/^\d+/, String(Date.now() - ago));
  await redis.hset(key, { silent: reported(8_000), killed: reported(11_000) });
  const ids = await idsFrom(0);
  expect(ids).toContain('silent');
  expect(ids).not.toContain('killed');
  expect(await redis.hexists(key, 'killed')).toBe(0);
  expect(await redis.pttl(key)).toBeGreaterThan(0);
  await redis.hdel(key, 'silent');
});

test('without Redis an instance knows itself alone, says so, and waits for nothing', async () => {
  const [own] = await idsFrom(0);
  const alone = async () => {
    const begun = performance.now();
    const { complete, instances, total } = await statusFrom(0);
    expect({ complete, ids: instances.map(({ id }) => id) }).toEqual({ complete: false, ids: [own] });
    expect(total.requests_per_second).toBeGreaterThan(0);
    return { took: performance.now() - begun, redis: instances[0]?.redis, degraded: instances[0]?.degraded };
  };
  service.redis.pause();
  try {
    // Redis' own limit for a command is a second.
    expect((await alone()).took).toBeLessThan(950);
  } finally {
    service.redis.resume();
  }
  await service.redis.stop();
  await eventually(async () =>
    expect(await alone()).toMatchObject({
      redis: { status: 'down', latency_ms: null },
      degraded: expect.arrayContaining(['entry']),
    }),
  );
  await service.redis.start();
  // It is empty, so the other instance is one that has told of itself again without being asked: two seconds after it has connected.
  await eventually(
    async () => {
      const { complete, instances } = await statusFrom(0);
      expect({ complete, instances: instances.length }).toEqual({ complete: true, instances: 2 });
    },
    { timeout: 10_000 },
  );
});
