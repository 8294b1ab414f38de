import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
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

/** Every measurement by its name and labels, as Prometheus would read them. */
async function measured(service: Service, headers = {}): Promise<Record<string, number>> {
  const { statusCode, body } = await service.app.inject({ url: '/metrics', headers });
  expect(statusCode).toBe(200);
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('what is measured', () => {
  let service: Service;
  let api: ReturnType<typeof apiOf>;
  beforeAll(async () => {
    service = await start({ env: { SALE_LANES: '1', SWEEP_INTERVAL_MS: '50' } });
    api = apiOf(service);
  });
  afterAll(stopAll);

  test('batches with their sizes and times, what waits for one, and what became of each demand', async () => {
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

  test('an answer that is given again', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const headers = { ...service.as(), 'idempotency-key': randomUUID() };
    const call = {
      method: 'POST',
      url: '/api/v1/seats/reserve',
      headers,
      payload: { eventId, seatIds },
    } as const;
    for (const replayed of [undefined, 'true'])
      expect((await service.app.inject(call)).headers['idempotent-replayed']).toBe(replayed);
    expect((await measured(service))['tiketi_sale_verdicts_total{verdict="replayed"}']).toBe(1);
  });

  test('holds that expire, whether swept or in the way of somebody', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
    const overdue = sql`UPDATE reservations SET expires_at = now() WHERE event_id = ${eventId} AND status = 'pending'`;
    const expired = async () => (await measured(service)).tiketi_holds_expired_total ?? 0;
    const before = await expired();
    await api.reserve(eventId, seatIds.slice(0, 1));
    await api.reserve(eventId, seatIds.slice(1));
    await overdue.execute(service.db);
    // Either the sweep was there before, or the buyer ends the hold himself: it counts once.
    expect((await api.reserve(eventId, seatIds.slice(0, 1))).status).toBe(201);
    await eventually(async () => expect(await expired()).toBe(before + 2));
  });

  test('requests by method, route and status, and never by address', async () => {
    const { eventId } = await service.seedEvent();
    const made = `/${randomUUID()}`;
    await service.app.inject(`/api/v1/events/${eventId}`);
    await service.app.inject(`/api/v1/events/${randomUUID()}`);
    await service.app.inject(made);
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

  test('the process: its event loop, memory and garbage collection', async () => {
    expect(Object.keys(await measured(service))).toEqual(
      expect.arrayContaining([
        'tiketi_nodejs_eventloop_lag_p99_seconds',
        'tiketi_process_resident_memory_bytes',
        'tiketi_nodejs_heap_size_used_bytes',
      ]),
    );
  });

  test('two instances in one process count for themselves', async () => {
    const other = await start();
    const { eventId, seatIds } = await other.seedEvent({ seats: 1 });
    const before = (await measured(service))['tiketi_sale_verdicts_total{verdict="granted"}'];
    await apiOf(other).reserve(eventId, seatIds);
    expect((await measured(other))['tiketi_sale_verdicts_total{verdict="granted"}']).toBe(1);
    expect((await measured(service))['tiketi_sale_verdicts_total{verdict="granted"}']).toBe(before);
  });
});

describe('who may read it', () => {
  afterEach(stopAll);
  const token = randomUUID();
  const ask = (service: Service, authorization?: string) =>
    service.app.inject({ url: '/metrics', headers: { ...(authorization && { authorization }) } });

  test('in production without METRICS_TOKEN nobody: there is no such address', async () => {
    const service = await start({ env: { NODE_ENV: 'production' } });
    for (const answer of [await ask(service), await ask(service, service.as().authorization)])
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });

  test.each(['production', 'development'])(
    'with METRICS_TOKEN only who brings it, in %s',
    async (NODE_ENV) => {
      const service = await start({ env: { NODE_ENV, METRICS_TOKEN: token } });
      const none = await ask(service);
      expect([none.statusCode, none.json().code]).toEqual([401, 'UNAUTHENTICATED']);
      for (const wrong of [
        token,
        `Bearer ${token}x`,
        `Bearer ${token.slice(1)}`,
        'Bearer ',
        service.as().authorization,
      ]) {
        const answer = await ask(service, wrong);
        expect([answer.statusCode, answer.json().code], wrong).toEqual([401, 'TOKEN_INVALID']);
        expect(answer.body).not.toContain('tiketi_');
      }
      expect((await ask(service, `Bearer ${token}`)).statusCode).toBe(200);
    },
  );

  test('it is never cached, logged or counted against anybody', async () => {
    const lines: string[] = [];
    const service = await start({
      env: { REQUESTS_PER_MINUTE: '1' },
      log: { write: (line) => void lines.push(line) },
    });
    for (let round = 0; round < 5; round++) {
      const answer = await ask(service, service.as().authorization);
      expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    }
    await service.app.inject('/api/v1/events');
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

  test.each(['stop', 'pause'] as const)(
    '(%s) sales go on, the metrics and one line in the log say that they are degraded, and when it is over',
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
        // Nobody after the first waits for a Redis that doesn't answer.
        const begun = performance.now();
        for (const seatId of seatIds.slice(1))
          expect((await api.reserve(eventId, [seatId])).status).toBe(201);
        expect(performance.now() - begun).toBeLessThan(900);
      } finally {
        await (fault === 'stop' ? service.redis.start() : service.redis.resume());
      }
      await well();
      expect(said(ERROR, /^Redis is away/)).toHaveLength(fault === 'stop' ? 1 : 0);
      expect(said(WARN, /^Redis answers late/)).toHaveLength(fault === 'stop' ? 0 : 1);
      expect(said(INFO, /^Redis is back/)).toHaveLength(1);
    },
  );

  test('nobody has to ask for it to be noticed', async () => {
    await well();
    service.redis.pause();
    try {
      await eventually(async () => expect((await measured(service)).tiketi_redis_up).toBe(0));
    } finally {
      service.redis.resume();
    }
    await well();
  });

  test('a Redis that was flushed is told of once, and selling goes on', async () => {
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
