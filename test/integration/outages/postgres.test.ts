import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { type Service, startService } from '../../support/service.ts';
import { within } from '../../support/timed.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';

/** A query is given up after 7 seconds at most, and its request is answered then. */
const ANSWERED_MS = 9_000;

let service: Service;
let postgres: TcpProxy;
let api: ReturnType<typeof apiOf>;

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({
    poolSize: 4,
    env: { SWEEP_INTERVAL_MS: '100' },
    throughPort: async (target) => {
      postgres = await startProxy(target);
      return postgres.port;
    },
  });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(async () => {
  await service.stop();
  await postgres.close();
});

test.each(['cut', 'stall'] as const)(
  'while PostgreSQL is away (%s) requests are answered 503 with Retry-After, and service resumes by itself',
  async (fault) => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const user = randomUUID();
    const held = await api.reserve(eventId, seatIds.slice(0, 1), user);
    expect(held.status).toBe(201);

    await postgres[fault]();
    try {
      const answers = await within(
        ANSWERED_MS,
        Promise.all([
          api.reserve(eventId, seatIds.slice(1, 2)),
          api.cancel(held.body.reservation.id, user),
          api.get('/reservations/my', user),
          api.get(`/tickets/availability/${randomUUID()}`),
          api.get(`/events?q=${randomUUID()}`),
        ]),
      );
      expect(tally(answers)).toEqual({ '503 SERVICE_UNAVAILABLE': 5 });
      for (const { headers } of answers) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      const ready = await within(ANSWERED_MS, ask(service.app, { url: '/health/ready' }));
      expect(ready.status).toBe(503);
      expect(ready.body).toMatchObject({ postgres: { status: 'down' }, redis: { status: 'up' } });
      expect((await ask(service.app, { url: '/health' })).status).toBe(200);
    } finally {
      await (fault === 'cut' ? postgres.restore() : postgres.resume());
    }

    await eventually(async () => expect((await api.get('/reservations/my', user)).status).toBe(200), {
      timeout: 10_000,
    });
    await eventually(async () => expect((await api.reserve(eventId, seatIds.slice(2, 3))).status).toBe(201));
  },
);

test('a backend that ends between two statements of a transaction fails it, and the process goes on', async () => {
  const cut = service.app.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
    const pid = rows[0]?.pid ?? 0;
    await sql`SELECT pg_terminate_backend(${pid})`.execute(service.db);
    const backend = sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`;
    await eventually(async () => expect((await backend.execute(service.db)).rows).toEqual([]));
    await sql`SELECT 1`.execute(trx);
  });
  await expect(cut).rejects.toThrow();
  expect((await api.get('/reservations/my', randomUUID())).status).toBe(200);
});
