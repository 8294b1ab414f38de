import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';
import { lifecycleOf } from '../sales/lifecycle/lifecycle.ts';

/** Long after new sessions can write again, selling must work. */
const WELL_WITHIN_MS = 5_000;
const READ_ONLY = 'default_transaction_read_only';

let service: Service;
let api: ReturnType<typeof apiOf>;
let sale: ReturnType<typeof lifecycleOf>;
let administrator: pg.Client;
const log: { level: number; msg: string; err?: unknown; status?: number; unavailable?: string }[] = [];

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({
    env: { SWEEP_INTERVAL_MS: '100' },
    log: { write: (line) => void log.push(JSON.parse(line)) },
  });
  api = apiOf(service);
  sale = lifecycleOf(service);
  const { host, port, user, password } = service.app.salePool.options;
  administrator = new pg.Client({ host, port, user, password, database: 'postgres' } as pg.ClientConfig);
  await administrator.connect();
});
afterAll(async () => {
  await administrator.end();
  await service.stop();
});

const database = () => service.app.salePool.options.database as string;
/** Concerns new sessions only, like a switchover behind one address. */
const letNewSessions = async (only: 'read' | 'write') => {
  const change = only === 'read' ? `SET ${READ_ONLY} = on` : `RESET ${READ_ONLY}`;
  await administrator.query(`ALTER DATABASE ${database()} ${change}`);
};
const endAllSessions = () =>
  administrator.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    database(),
  ]);
const ready = () => ask(service.app, { url: '/health/ready' });
const gauge = async () => {
  const { text } = await ask(service.app, { url: '/metrics' });
  return /^tiketi_postgres_up (\d)$/m.exec(text)?.[1];
};

test('after a switchover with open connections everything that writes works within five seconds', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const [toCancel, toConfirm, toExtend, toExpire] = await Promise.all([
    sale.held(1),
    sale.held(1),
    sale.held(1),
    sale.held(1),
  ]);
  await sale.expireIn(toExpire.id, 3);

  // A busy machine may already have been slow to answer the first checks.
  log.length = 0;
  await letNewSessions('read');
  await endAllSessions();
  await eventually(async () => expect((await ready()).status).toBe(503));
  expect((await ready()).body).toMatchObject({ postgres: { status: 'down' }, redis: { status: 'up' } });
  expect(await gauge()).toBe('0');
  // Connections of both pools are open and read-only from here on.
  const refused = await Promise.all([
    ...seatIds.slice(0, 30).map((seatId) => api.reserve(eventId, [seatId])),
    api.cancel(toCancel.id, toCancel.userId),
    sale.confirm(toConfirm.id, toConfirm.amount),
  ]);
  expect(tally(refused)).toEqual({ '503 SERVICE_UNAVAILABLE': 32 });
  // Reading goes on.
  expect((await api.get('/reservations/my', toCancel.userId)).body.reservations).toHaveLength(1);

  await letNewSessions('write');
  const since = performance.now();
  const well = { timeout: WELL_WITHIN_MS };
  await Promise.all([
    eventually(
      async () => expect((await api.reserve(eventId, [seatIds[31] as string])).status).toBe(201),
      well,
    ),
    eventually(async () => expect((await api.cancel(toCancel.id, toCancel.userId)).status).toBe(200), well),
    eventually(
      async () => expect((await sale.confirm(toConfirm.id, toConfirm.amount)).status).toBe(200),
      well,
    ),
    eventually(
      async () =>
        expect((await api.post(`/reservations/${toExtend.id}/extend`, toExtend.userId)).status).toBe(200),
      well,
    ),
    eventually(async () => expect((await ready()).status).toBe(200), well),
  ]);
  await eventually(async () => expect(await sale.seatStatuses(toExpire.eventId)).toEqual(['available']), {
    timeout: WELL_WITHIN_MS - (performance.now() - since),
  });
  expect(await gauge()).toBe('1');
  // No connection is left that can't write.
  const buyers = seatIds.slice(0, 30).map((seatId) => api.reserve(eventId, [seatId]));
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 30 });
  await expectInvariants(service.db);

  // The log says each thing once, and each request has a short reason in its own line.
  const ofHealth = log.filter(({ msg }) => msg.startsWith('PostgreSQL')).map(({ msg }) => msg);
  expect(ofHealth).toEqual([
    'PostgreSQL is down or read-only: sales are answered 503 until it is back',
    'PostgreSQL is back',
  ]);
  const ofRequests = log.filter(({ status }) => status === 503 && status !== undefined);
  expect(ofRequests.length).toBeGreaterThanOrEqual(32);
  for (const { err, unavailable, level } of ofRequests)
    expect({ err, unavailable, level }).toEqual({
      err: undefined,
      unavailable: expect.any(String),
      level: 30,
    });
  expect(log.filter(({ level }) => level >= 50)).toHaveLength(1);
  const warnings = log.filter(({ level }) => level >= 40).map(({ msg }) => msg);
  expect(warnings).toEqual([...new Set(warnings)]);
}, 20_000);

test('a batch on a read-only connection costs its buyers one answer, and is not tried again for seconds', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 20 });
  const buy = () => Promise.all(seatIds.map((seatId) => api.reserve(eventId, [seatId], randomUUID())));
  await letNewSessions('read');
  await endAllSessions();
  await eventually(async () => expect((await ready()).status).toBe(503));
  const begun = performance.now();
  expect(tally(await buy())).toEqual({ '503 SERVICE_UNAVAILABLE': 20 });
  expect(performance.now() - begun).toBeLessThan(1_500);
  await letNewSessions('write');
  await eventually(async () => expect((await ready()).status).toBe(200));
  expect(tally(await buy())).toEqual({ 201: 20 });
});
