import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerOf } from '../../src/plugins/peers/owner-of.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { seedEvent } from '../support/events.ts';
import { ask } from '../support/http.ts';
import { expectInvariants } from '../support/invariants.ts';
import { startTestRedis, type TestRedis } from '../support/redis/redis.ts';
import { launchServer, type StartingServer } from '../support/server-process.ts';
import { openSockets } from '../support/sockets.ts';
import { signToken } from '../support/token.ts';
import { eventually } from '../support/wait.ts';
import { busyClient } from './busy-client.ts';

/* One service of three workers. Each test leaves three of them behind, and the last one ends them. */

const WORKERS = [1, 2, 3];
const prefix = `test-${randomUUID()}`;

let database: TestDatabase;
let redis: TestRedis;
let server: StartingServer;
let origin: string;

const launch = (env: Record<string, string>) =>
  launchServer(database.settings, redis, {
    REDIS_PREFIX: prefix,
    LOG_LEVEL: 'info',
    DB_POOL_SIZE: '5',
    ...env,
  });

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
  server = launch({
    WORKERS: String(WORKERS.length),
    QUEUE_THRESHOLD: '1000000',
    // A proxy that isn't there. The workers reach each other without it.
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: 'http://127.0.0.1:9',
  });
  origin = await server.listening;
});
afterAll(async () => {
  server.process.kill('SIGKILL');
  await expectInvariants(database.db);
  await database.drop();
  await redis.close();
});

const bearer = (claims: object = { userId: randomUUID() }) => ({
  authorization: `Bearer ${signToken(claims)}`,
});

/** Fails in place of waiting for ever. */
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  ask(origin, {
    method: 'POST',
    url,
    headers: { ...bearer(), ...headers },
    payload,
    signal: AbortSignal.timeout(10_000),
  });

const sold = async () =>
  Number(/\ntiketi_sale_verdicts_total{verdict="granted"} (\d+)/.exec(await metrics())?.[1]);
const metrics = async () => (await ask(origin, { url: '/metrics' })).text;

/** The process of a worker, as the log of its start says, which it writes a moment later. */
const pidOf = (worker: number): Promise<number> =>
  eventually(() => {
    const lines = server.output().split('\n');
    return JSON.parse(lines.findLast((line) => line.includes(`-${worker}","msg":"Server listening`)) ?? '')
      .pid;
  });

test('workers sell every seat once, and their metrics and figures are put together', async () => {
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 100 });
  const buyers = [...seatIds, ...seatIds].map((seatId) =>
    post('/api/v1/seats/reserve', { eventId, seatIds: [seatId] }),
  );
  const statuses = (await Promise.all(buyers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(100);
  expect(statuses.filter((status) => status === 409)).toHaveLength(100);

  const shown = await metrics();
  for (const worker of WORKERS) expect(shown).toContain(`\ntiketi_worker_up{worker="${worker}"} 1\n`);
  expect(shown).toMatch(/\ntiketi_http_requests_total{[^}]*seats\/reserve",status="201"} 100\n/);
  expect(shown).toMatch(/\ntiketi_http_request_seconds_count{[^}]*seats\/reserve"} 200\n/);
  expect(shown).toContain('\ntiketi_postgres_up 1\n');
  await eventually(async () => {
    const headers = bearer({ userId: randomUUID(), role: 'admin' });
    const { body } = await ask(origin, { url: '/api/v1/admin/status', headers });
    const instances: { id: string; holds: { per_second: number } }[] = body.instances;
    const sold = instances.filter(({ holds }) => holds.per_second > 0).map(({ id }) => id.split('-')[1]);
    expect(sold.sort()).toEqual(WORKERS.map(String));
  });
});

/** One request of Engine.IO, which must not fail. */
function poll(agent: Agent, sid: string | undefined, packet?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const query = `EIO=4&transport=polling${sid === undefined ? '' : `&sid=${sid}`}`;
    const sent = request(`${origin}/socket.io/?${query}`, { agent, method: packet ? 'POST' : 'GET' });
    sent.once('response', async (response) => {
      const body = await text(response);
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`${response.statusCode} ${body}`));
    });
    sent.once('error', reject);
    sent.end(packet);
  });
}

test('sessions that poll through one connection, as those behind a proxy, each stay with their worker', async () => {
  const { eventId } = await seedEvent(database.db);
  const apart = new Agent({ keepAlive: false });
  const shared = new Agent({ keepAlive: true, maxSockets: 1 });
  const opened = await Promise.all(Array.from({ length: 8 }, () => poll(apart, undefined)));
  const sids: string[] = opened.map((packet) => JSON.parse(packet.slice(1)).sid);
  expect(new Set(sids.map((sid) => sid.split('.')[0]))).toEqual(new Set(WORKERS.map(String)));

  const everyone = (packet?: string) => Promise.all(sids.map((sid) => poll(shared, sid, packet)));
  const token = signToken({ userId: randomUUID() });
  expect(new Set(await everyone(`40${JSON.stringify({ token })}`))).toEqual(new Set(['ok']));
  for (const packet of await everyone()) expect(packet).toMatch(/^40\{"sid"/);
  expect(new Set(await everyone(`421${JSON.stringify(['join-event', { eventId }])}`))).toEqual(
    new Set(['ok']),
  );
  for (const packet of await everyone()) expect(packet).toContain('431[{"ok":true}]');
  // A session that its worker does not know is refused, whichever worker is asked.
  const foreign = sids.map((sid) => poll(shared, `${sid}x`).catch((error: Error) => error.message));
  for (const answer of await Promise.all(foreign))
    expect(answer).toBe('400 {"code":1,"message":"Session ID unknown"}');
  shared.destroy();
});

test('a socket that begins by polling moves on to a WebSocket, and hears what other workers sell', async () => {
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 1 });
  const sockets = openSockets(signToken);
  const listeners = await Promise.all([
    ...WORKERS.map(() => sockets.connect(origin, { transports: ['polling', 'websocket'] })),
    ...WORKERS.map(() => sockets.connect(origin, { transports: ['polling'] })),
  ]);
  await eventually(() =>
    expect(listeners.map(({ socket }) => socket.io.engine.transport.name)).toEqual([
      ...WORKERS.map(() => 'websocket'),
      ...WORKERS.map(() => 'polling'),
    ]),
  );
  for (const { send } of listeners)
    expect(await send('join-seat-selection', { eventId })).toEqual({ ok: true });
  expect((await post('/api/v1/seats/reserve', { eventId, seatIds })).status).toBe(201);
  await Promise.all(listeners.map(({ hears }) => hears('seat-selected', { seatId: seatIds[0] as string })));
  expect(sockets.close()).toEqual([]);
});

test('the readiness of one port shows a worker that hangs', async () => {
  const hung = await pidOf(3);
  process.kill(hung, 'SIGSTOP');
  try {
    // The hung worker gets one of these connections.
    const probes = WORKERS.map(async () => (await ask(origin, { url: '/health/ready' })).body.status);
    expect(await Promise.any(probes)).toBe('unavailable');
    // What it had counted remains, and an alert can see that it is missing.
    const shown = await Promise.any(WORKERS.map(metrics));
    expect(shown).toContain('\ntiketi_worker_up{worker="3"} 0\n');
    expect(shown).toMatch(/\ntiketi_http_requests_total{[^}]*seats\/reserve",status="201"} 10[01]\n/);
  } finally {
    process.kill(hung, 'SIGCONT');
  }
  await eventually(async () =>
    expect((await ask(origin, { url: '/health/ready' })).body.status).toBe('ready'),
  );
});

test('a worker that is killed under load loses no acknowledged sale, and another one takes its place', async () => {
  const { eventId, ticketTypeIds } = await seedEvent(database.db, { stock: [100_000] });
  const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 1 }];
  const acknowledged: string[] = [];
  let isReplacing = false;
  let isOver = false;
  async function buyOn(): Promise<void> {
    while (!isOver) {
      // Only a lost connection may keep a buyer from an answer: they buy again on another one. The key lets any worker decide when
      // the one that owns the event has ended.
      const key = { 'idempotency-key': randomUUID() };
      const answer = await post('/api/v1/reservations', { eventId, items }, key).catch((error: Error) => {
        if (!(error instanceof TypeError)) throw error;
      });
      if (answer) expect(answer.status).toBe(201);
      if (answer) acknowledged.push(answer.body.reservation.id);
      // The replacement needs a share of the processors to start.
      if (isReplacing) await sleep(50);
    }
  }
  const buyers = Array.from({ length: 4 }, buyOn);
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(30), { timeout: 15_000 });
  const counted = await sold();
  // It owns the event: some of the requests that it decides came through the others.
  const worker = ownerOf(eventId, WORKERS);
  const victim = await pidOf(worker);
  process.kill(victim, 'SIGKILL');
  isReplacing = true;
  await eventually(async () => expect(await pidOf(worker)).not.toBe(victim), { timeout: 30_000 });
  const until = acknowledged.length + 20;
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(until));
  isOver = true;
  await Promise.all(buyers);
  expect(server.output()).toContain(`"worker":${worker},"code":null,"signal":"SIGKILL"`);
  expect(await metrics()).toContain(`\ntiketi_worker_up{worker="${worker}"} 1\n`);
  expect(await sold()).toBeGreaterThanOrEqual(counted);
  const found = await database.db
    .selectFrom('reservations')
    .select('id')
    .where('id', 'in', acknowledged)
    .execute();
  expect(found).toHaveLength(acknowledged.length);
}, 60_000);

test('a port in use ends the start of workers with the one line and the code of a single process', async () => {
  const second = launch({ WORKERS: '2', PORT: new URL(origin).port });
  expect(await second.ended).toBe(1);
  expect(second.output().match(/"level":60/g)).toHaveLength(1);
  expect(second.output()).toMatch(/the service did not start: port \d+ of 127\.0\.0\.1 is in use .* PORT/);
});

test('on SIGTERM all workers end with the code 0, and no request on an open connection fails', async () => {
  const clients = Array.from({ length: 8 }, () => busyClient(origin, '/api/v1/events?limit=1'));
  const answered = async () => /route="\/api\/v1\/events",status="200"} (\d+)/.exec(await metrics())?.[1];
  await eventually(async () => expect(Number(await answered())).toBeGreaterThan(50));
  server.process.kill('SIGTERM');
  for (const { last, end } of await Promise.all(clients)) {
    expect(last).toBe('close');
    // A new connection may come while the primary closes the port that it has accepted for the workers.
    expect(end).toMatch(/^(ECONNREFUSED|ECONNRESET)$/);
  }
  expect(await server.ended).toBe(0);
  expect(server.output().match(/"msg":"stopped"/g)).toHaveLength(WORKERS.length + 1);
});
