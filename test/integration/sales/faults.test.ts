import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { holdStock, untilLockWaiters } from '../../support/locks.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

/** A request that meets a fault is answered within the service's own time limits, never left hanging. */
const BOUND_MS = 9_000;

let service: Service;
let postgres: TcpProxy;
let api: ReturnType<typeof apiOf>;
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeEach(async () => {
  process.on('unhandledRejection', note);
  service = await startService({
    ownRedis: true,
    poolSize: 4,
    env: { SWEEP_INTERVAL_MS: '100', QUEUE_TICK_MS: '100' },
    throughPort: async (target) => {
      postgres = await startProxy(target);
      return postgres.port;
    },
  });
  api = apiOf(service);
});
afterEach(async () => {
  await expectInvariants(service.db);
  await service.stop();
  await postgres.close();
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

async function bounded<T>(work: Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work;
  expect(performance.now() - started).toBeLessThan(BOUND_MS);
  return result;
}

const wellAgain = (path: string, userId?: string) =>
  eventually(async () => expect((await api.get(path, userId)).status).toBe(200), { timeout: 10_000 });

test('64 buyers at once on a pool of 4 connections are all served', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const buyers = Array.from({ length: 64 }, () => api.buy(eventId, [{ ticketTypeId, quantity: 1 }]));
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 64 });
});

test('cancels that cross each other, the sweep and new holds never deadlock', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 12 });
  const user = randomUUID();
  for (let round = 0; round < 5; round++) {
    const held = await Promise.all(
      [0, 4, 8].map((from) => api.reserve(eventId, seatIds.slice(from, from + 4))),
    );
    const mine = held.flatMap(({ body }) => body.reservation?.id ?? []);
    await service.db
      .updateTable('reservations')
      .set({ user_id: user, expires_at: sql`now() + interval '30 milliseconds'` })
      .where('id', 'in', mine)
      .execute();
    const answers = await Promise.all([
      ...mine.map((id) => api.cancel(id, user)),
      ...[...mine].reverse().map((id) => api.cancel(id, user)),
      ...seatIds.map((_, index) =>
        api.reserve(eventId, [seatIds[11 - index] as string, seatIds[index] as string]),
      ),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    await service.db
      .updateTable('reservations')
      .set({ expires_at: sql`now()` })
      .where('status', '=', 'pending')
      .execute();
    await eventually(async () => {
      const { body } = await api.get(`/seats/events/${eventId}`);
      expect(body.seats.filter((seat: { status: string }) => seat.status === 'available')).toHaveLength(12);
    });
  }
});

test('a row that somebody keeps locked costs its own buyers a 503, and nobody the service', async () => {
  const stuck = await service.seedEvent({ stock: [10] });
  const other = await service.seedEvent({ stock: [10] });
  const [stuckType, otherType] = [stuck.ticketTypeIds[0] as string, other.ticketTypeIds[0] as string];
  const letGo = await holdStock(service.db, stuckType);
  const refused = await bounded(api.buy(stuck.eventId, [{ ticketTypeId: stuckType, quantity: 1 }]));
  expect(tally([refused])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await bounded(api.buy(other.eventId, [{ ticketTypeId: otherType, quantity: 1 }]))).status).toBe(
    201,
  );
  await letGo();
  expect((await api.buy(stuck.eventId, [{ ticketTypeId: stuckType, quantity: 1 }])).status).toBe(201);
});

test('a backend terminated in mid-transaction ends the requests of its batch with 503, and neither the others nor the process', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const letGo = await holdStock(service.db, ticketTypeId);
  const buy = () => api.buy(eventId, [{ ticketTypeId, quantity: 1 }]);
  const unlucky = buy();
  const [backend] = await untilLockWaiters(service.db, 1);
  const others = Array.from({ length: 39 }, buy);
  await sql`SELECT pg_terminate_backend(${backend})`.execute(service.db);
  await letGo();

  const answers = await Promise.all([unlucky, ...others]);
  expect(tally(answers)).toEqual({ 201: 39, '503 SERVICE_UNAVAILABLE': 1 });
  const acknowledged = answers.flatMap(({ status, body }) => (status === 201 ? body.reservation.id : []));
  const { found } = await service.db
    .selectFrom('reservations')
    .select(sql<number>`count(*)`.as('found'))
    .where('id', 'in', acknowledged)
    .executeTakeFirstOrThrow();
  expect(found).toBe(acknowledged.length);
});

test('a backend terminated between two statements of a transaction does not end the process', async () => {
  const cut = service.app.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
    const pid = rows[0]?.pid ?? 0;
    await sql`SELECT pg_terminate_backend(${pid})`.execute(service.db);
    const gone = sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`;
    await eventually(async () => expect((await gone.execute(service.db)).rows).toEqual([]));
    await sql`SELECT 1`.execute(trx);
  });
  await expect(cut).rejects.toThrow();
  expect((await api.get('/reservations/my', randomUUID())).status).toBe(200);
});

test.each(['cut', 'stall'] as const)(
  'PostgreSQL gone (%s): 503 with Retry-After, and well again by itself',
  async (fault) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const user = randomUUID();
    expect((await api.reserve(eventId, seatIds.slice(0, 1), user)).status).toBe(201);

    await postgres[fault]();
    const answers = await bounded(
      Promise.all([
        api.reserve(eventId, seatIds.slice(1, 2)),
        api.get('/reservations/my', user),
        api.get(`/tickets/availability/${randomUUID()}`),
        api.get(`/events?q=${randomUUID()}`),
      ]),
    );
    expect(tally(answers)).toEqual({ '503 SERVICE_UNAVAILABLE': 4 });
    for (const { headers } of answers) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const ready = await bounded(service.app.inject('/health/ready'));
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ postgres: { status: 'down' }, redis: { status: 'up' } });
    expect((await service.app.inject('/health')).statusCode).toBe(200);

    await (fault === 'cut' ? postgres.restore() : postgres.resume());
    await wellAgain('/reservations/my', user);
    await eventually(async () => expect((await api.reserve(eventId, seatIds.slice(2, 3))).status).toBe(201));
  },
);

test.each(['stop', 'pause'] as const)(
  'Redis gone (%s): selling goes on, nobody is sent to a line where there was none, and all is well again by itself',
  async (fault) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const user = randomUUID();
    const check = (id = user) =>
      service.app.inject({ method: 'POST', url: `/api/v1/queue/check/${eventId}`, headers: service.as(id) });
    expect((await check()).statusCode).toBe(200);

    await service.redis[fault]();
    const answers = await bounded(
      Promise.all([
        api.reserve(eventId, seatIds.slice(0, 1)),
        api.reserve(eventId, seatIds.slice(0, 1)),
        api.get(`/seats/events/${eventId}`),
        api.get('/events'),
        api.get(`/queue/status/${eventId}`, user),
      ]),
    );
    expect(tally(answers)).toEqual({ 200: 3, 201: 1, '409 SEAT_UNAVAILABLE': 1 });
    expect(answers[4].body).toMatchObject({ queued: false });
    const ready = await bounded(service.app.inject('/health/ready'));
    expect(ready.json()).toMatchObject({ postgres: { status: 'up' }, redis: { status: 'down' } });

    await (fault === 'stop' ? service.redis.start() : service.redis.resume());
    await eventually(async () => expect((await check()).statusCode).toBe(200), { timeout: 10_000 });
    await eventually(async () => expect((await api.reserve(eventId, seatIds.slice(2, 3))).status).toBe(201));
  },
);

test('while Redis is away, an event that had a line lets nobody pass it', async () => {
  const small = await startService({ ownRedis: true, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '60000' } });
  try {
    const { eventId, seatIds } = await small.seedEvent({ seats: 4 });
    const check = (id: string) =>
      small.app.inject({ method: 'POST', url: `/api/v1/queue/check/${eventId}`, headers: small.as(id) });
    const [inside, waiting] = [randomUUID(), randomUUID()];
    expect((await check(inside)).json()).toMatchObject({ queued: false });
    expect((await check(waiting)).json()).toMatchObject({ queued: true, position: 1 });
    await small.redis.stop();
    const refused = await apiOf(small).reserve(eventId, seatIds.slice(0, 1), waiting);
    expect(tally([refused])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await small.redis.start();
  } finally {
    await small.stop();
  }
});
