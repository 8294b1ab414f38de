import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { holdStock, untilLockWaiters } from '../../support/locks.ts';
import { type Service, type ServiceOptions, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

const started: Service[] = [];
async function start(options?: ServiceOptions): Promise<Service> {
  const service = await startService(options);
  started.push(service);
  return service;
}
const stopAll = () => Promise.all(started.splice(0).map((service) => service.stop()));

/** Every measurement by its name and labels, as Prometheus reads them. */
async function measured(service: Service, headers = {}): Promise<Record<string, number>> {
  const { status, body } = await ask(service.app, { url: '/metrics', headers });
  expect(status).toBe(200);
  const lines: string[] = body.split('\n').filter((line: string) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('the metrics count', () => {
  let service: Service;
  let api: ReturnType<typeof apiOf>;
  beforeAll(async () => {
    service = await start({ env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '50' } });
    api = apiOf(service);
  });
  afterAll(stopAll);

  test('batches with their sizes and times, requests that wait, and outcomes', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [3] });
    const [ticketTypeId] = ticketTypeIds as [string];
    const buy = () => api.buy(eventId, [{ ticketTypeId, quantity: 1 }]);
    const before = await measured(service);
    const letGo = await holdStock(service.db, ticketTypeId);
    const first = buy();
    await untilLockWaiters(service.db, 1);
    const others = Array.from({ length: 4 }, buy);
    await eventually(async () => expect((await measured(service)).tiketi_sale_waiting).toBe(4));
    await letGo();
    expect(tally(await Promise.all([first, ...others]))).toEqual({ 201: 3, '409 SOLD_OUT': 2 });

    const now = await measured(service);
    const grown = (name: string) => (now[name] ?? 0) - (before[name] ?? 0);
    expect(now.tiketi_sale_waiting).toBe(0);
    expect(grown('tiketi_sale_batch_size_count')).toBe(2);
    expect(grown('tiketi_sale_batch_size_sum')).toBe(5);
    expect(grown('tiketi_sale_batch_seconds_count')).toBe(2);
    expect(grown('tiketi_sale_batch_seconds_sum')).toBeGreaterThan(0);
    expect(grown('tiketi_sale_verdicts_total{verdict="granted"}')).toBe(3);
    expect(grown('tiketi_sale_verdicts_total{verdict="SOLD_OUT"}')).toBe(2);
  });

  test('a replayed answer', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const headers = { ...service.as(), 'idempotency-key': randomUUID() };
    const call = {
      method: 'POST',
      url: '/api/v1/seats/reserve',
      headers,
      payload: { eventId, seatIds },
    } as const;
    for (const replayed of [undefined, 'true'])
      expect((await ask(service.app, call)).headers['idempotent-replayed']).toBe(replayed);
    expect((await measured(service))['tiketi_sale_verdicts_total{verdict="replayed"}']).toBe(1);
  });

  test('each expired hold once, swept or in the way of a buyer', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const overdue = sql`UPDATE reservations SET expires_at = now() WHERE event_id = ${eventId} AND status = 'pending'`;
    const expired = async () => (await measured(service)).tiketi_holds_expired_total ?? 0;
    const before = await expired();
    await api.reserve(eventId, seatIds.slice(0, 1));
    await api.reserve(eventId, seatIds.slice(1));
    await overdue.execute(service.db);
    // The sweep or the buyer ends the hold, and it counts once.
    expect((await api.reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
    await eventually(async () => expect(await expired()).toBe(before + 2));
  });

  test('requests by method, route and status, but not by URL', async () => {
    const { eventId } = await service.seedEvent();
    const made = `/${randomUUID()}`;
    for (const url of [`/api/v1/events/${eventId}`, `/api/v1/events/${randomUUID()}`, made])
      await ask(service.app, { url });
    await eventually(async () => {
      const now = await measured(service);
      expect(now).toMatchObject({
        'tiketi_http_requests_total{method="GET",route="/api/v1/events/:id",status="200"}': 1,
        'tiketi_http_requests_total{method="GET",route="/api/v1/events/:id",status="404"}': 1,
        'tiketi_http_requests_total{method="GET",route="unknown",status="404"}': 1,
        'tiketi_http_request_seconds_count{route="/api/v1/events/:id"}': 2,
      });
      expect(Object.keys(now).filter((name) => name.includes(eventId) || name.includes(made))).toEqual([]);
    });
  });

  test('the event loop, memory and garbage collection of the process', async () => {
    expect(Object.keys(await measured(service))).toEqual(
      expect.arrayContaining([
        'tiketi_nodejs_eventloop_lag_p99_seconds',
        'tiketi_process_resident_memory_bytes',
        'tiketi_nodejs_heap_size_used_bytes',
      ]),
    );
  });

  test('each of two instances in one process on its own', async () => {
    const other = await start();
    const { eventId, seatIds } = await other.seedEvent({ seats: 1 });
    const before = (await measured(service))['tiketi_sale_verdicts_total{verdict="granted"}'];
    await apiOf(other).reserve(eventId, seatIds);
    expect((await measured(other))['tiketi_sale_verdicts_total{verdict="granted"}']).toBe(1);
    expect((await measured(service))['tiketi_sale_verdicts_total{verdict="granted"}']).toBe(before);
  });
});

describe('access to the metrics', () => {
  afterEach(stopAll);
  const token = randomUUID();
  const read = (service: Service, authorization?: string) =>
    ask(service.app, { url: '/metrics', headers: { ...(authorization && { authorization }) } });

  test('does not exist in production without METRICS_TOKEN', async () => {
    const service = await start({ env: { NODE_ENV: 'production' } });
    const answers = [await read(service), await read(service, service.as().authorization)];
    expect(tally(answers)).toEqual({ '404 ROUTE_NOT_FOUND': 2 });
  });

  test.each(['production', 'development'])('needs METRICS_TOKEN in %s if it is set', async (NODE_ENV) => {
    const service = await start({ env: { NODE_ENV, METRICS_TOKEN: token } });
    expect(tally([await read(service)])).toEqual({ '401 UNAUTHENTICATED': 1 });
    for (const wrong of [
      token,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      'Bearer ',
      service.as().authorization,
    ]) {
      const answer = await read(service, wrong);
      expect(tally([answer]), wrong).toEqual({ '401 TOKEN_INVALID': 1 });
      expect(JSON.stringify(answer.body)).not.toContain('tiketi_');
    }
    expect((await read(service, `Bearer ${token}`)).status).toBe(200);
  });

  test('is neither cached nor logged nor counted against a rate limit', async () => {
    const lines: string[] = [];
    const service = await start({
      env: { REQUESTS_PER_MINUTE: '1' },
      log: { write: (line) => void lines.push(line) },
    });
    for (let round = 0; round < 5; round++) {
      const answer = await read(service, service.as().authorization);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    }
    await ask(service.app, { url: '/api/v1/events' });
    await eventually(() => expect(lines.filter((line) => line.includes('"url":'))).toHaveLength(1));
    expect(lines.filter((line) => line.includes('/metrics'))).toEqual([]);
  });
});

describe('while Redis is away', () => {
  const lines: { level: number; msg: string }[] = [];
  let service: Service;
  const said = (level: number, text: RegExp) =>
    lines.filter((line) => line.level === level && text.test(line.msg));
  const [INFO, WARN, ERROR] = [30, 40, 50];
  const degraded = (now: Record<string, number>) =>
    Object.fromEntries(
      ['entry', 'seat_locks', 'fan_out'].map((part) => [part, now[`tiketi_degraded{part="${part}"}`]]),
    );

  beforeAll(async () => {
    service = await start({
      ownRedis: true,
      env: { SEAT_LOCKS: 'true', QUEUE_TICK_MS: '100' },
      log: { write: (line) => void lines.push(JSON.parse(line)) },
    });
  });
  afterAll(stopAll);

  const well = () =>
    eventually(
      async () => {
        const now = await measured(service);
        expect(now.tiketi_redis_up).toBe(1);
        expect(degraded(now)).toEqual({ entry: 0, seat_locks: 0, fan_out: 0 });
      },
      { timeout: 10_000 },
    );

  test('a Redis that refuses the channels of the news shows in the metrics, and is well for all the rest', async () => {
    await well();
    const { client } = service.redis;
    await client.acl('SETUSER', 'default', 'resetchannels');
    try {
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await eventually(async () => {
        const now = await measured(service);
        expect(now.tiketi_redis_up).toBe(1);
        expect(degraded(now)).toEqual({ entry: 0, seat_locks: 0, fan_out: 1 });
      });
    } finally {
      await client.acl('SETUSER', 'default', 'allchannels');
    }
    await well();
  });

  test.each(['stop', 'pause'] as const)(
    '(%s) sales go on, and the metrics and one log line each say when they are degraded and when no longer',
    async (fault) => {
      const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
      const api = apiOf(service);
      await well();
      lines.length = 0;
      await service.redis[fault]();
      try {
        expect((await api.reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
        const now = await measured(service);
        expect(now.tiketi_redis_up).toBe(0);
        expect(degraded(now)).toEqual({ entry: 1, seat_locks: 1, fan_out: 1 });
        // Later requests don't wait for a Redis that doesn't answer.
        const begun = performance.now();
        for (const seatId of seatIds.slice(1))
          expect((await api.reserve(eventId, [seatId])).status).toBe(201);
        expect(performance.now() - begun).toBeLessThan(900);
        // An outage that ends before a new connection was refused has no reason to name.
        if (fault === 'stop') await eventually(() => expect(said(ERROR, /^Redis is away/)).toHaveLength(1));
      } finally {
        await (fault === 'stop' ? service.redis.start() : service.redis.resume());
      }
      await well();
      expect(said(ERROR, /^Redis is away/)).toHaveLength(fault === 'stop' ? 1 : 0);
      expect(said(WARN, /^Redis answers late/)).toHaveLength(fault === 'stop' ? 0 : 1);
      expect(said(INFO, /^Redis is back/)).toHaveLength(1);
    },
  );

  test('the metrics show it without any request', async () => {
    await well();
    service.redis.pause();
    try {
      await eventually(async () => expect((await measured(service)).tiketi_redis_up).toBe(0));
    } finally {
      service.redis.resume();
    }
    await well();
  });

  test('a flushed Redis is logged once, and sales go on', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    await well();
    lines.length = 0;
    const { tiketi_redis_losses_total: before = 0 } = await measured(service);
    await service.redis.client.flushall();
    expect((await apiOf(service).reserve(eventId, seatIds)).status).toBe(201);
    const losses = async () => (await measured(service)).tiketi_redis_losses_total;
    await eventually(async () => expect(await losses()).toBe(before + 1));
    expect(said(WARN, /^Redis has lost/)).toHaveLength(1);
  });
});
