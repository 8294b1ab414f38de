import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { seedEvent } from '../support/events.ts';
import { ask } from '../support/http.ts';
import { expectInvariants } from '../support/invariants.ts';
import { holdStock, untilLockWaiters } from '../support/locks.ts';
import { startTestRedis, type TestRedis } from '../support/redis/redis.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { openSockets, type Sockets } from '../support/sockets.ts';
import { signToken } from '../support/token.ts';
import { eventually } from '../support/wait.ts';

const BOUND_MS = 10_000;

let database: TestDatabase;
let redis: TestRedis;
let sockets: Sockets;
const prefix = `test-${randomUUID()}`;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
  sockets = openSockets(signToken);
});
afterEach(async () => {
  expect(sockets.close()).toEqual([]);
  for (const { process: child } of servers.splice(0)) child.kill('SIGKILL');
  await expectInvariants(database.db);
});
afterAll(async () => {
  await database.drop();
  await redis.close();
});

async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await startServer(database.settings, redis, { REDIS_PREFIX: prefix, ...env });
  servers.push(server);
  return server;
}

async function buy(
  origin: string,
  eventId: string,
  ticketTypeId: string,
): Promise<{ status: number; id?: string }> {
  const { status, body } = await ask(origin, {
    method: 'POST',
    url: '/api/v1/reservations',
    headers: { authorization: `Bearer ${signToken()}` },
    payload: { eventId, items: [{ ticketTypeId, quantity: 1 }] },
  });
  return { status, ...(body.reservation && { id: body.reservation.id }) };
}

/** The number of these reservations that are in the database. */
async function found(ids: string[]): Promise<number> {
  const { count } = await database.db
    .selectFrom('reservations')
    .select(sql<number>`count(*)`.as('count'))
    .where('id', 'in', ids)
    .executeTakeFirstOrThrow();
  return count;
}

const refusesConnections = (origin: string) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      reject(new Error('still listening'));
    });
    socket.once('error', () => resolve());
  });

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s the service finishes its requests, tells its sockets, accepts no new connection and ends',
  async (signal) => {
    const { eventId, ticketTypeIds } = await seedEvent(database.db, { stock: [100] });
    const [ticketTypeId] = ticketTypeIds as [string];
    const server = await start();
    const listener = await sockets.connect(server.origin);
    await listener.send('join-event', { eventId });
    const told = new Promise<string>((resolve) => listener.socket.once('disconnect', resolve));

    const letGo = await holdStock(database.db, ticketTypeId);
    const first = buy(server.origin, eventId, ticketTypeId);
    await untilLockWaiters(database.db, 1);
    // The other buyers wait for the batch that waits for the row.
    const buyers = [first, ...Array.from({ length: 29 }, () => buy(server.origin, eventId, ticketTypeId))];
    await eventually(async () => {
      const { body } = await ask(server.origin, { url: '/metrics' });
      expect(body).toContain('\ntiketi_sale_waiting 29\n');
    });

    const ended = server.end(signal);
    await eventually(() => refusesConnections(server.origin));
    await letGo();
    expect(await told).toBe('transport close');
    const answers = await Promise.all(buyers);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await found(answers.flatMap(({ id }) => id ?? []))).toBe(30);
    const { code, ms } = await ended;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(BOUND_MS);
  },
);

test('clients that are silent, stop reading or stay connected do not delay the end', async () => {
  const server = await start();
  const mute = connect(Number(new URL(server.origin).port), '127.0.0.1');
  mute.on('error', () => undefined);
  await new Promise<void>((resolve) => mute.once('connect', resolve));
  const { socket } = await sockets.connect(server.origin);
  const silent = connect(Number(new URL(server.origin).port), '127.0.0.1');
  silent.on('error', () => undefined);
  silent.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await new Promise((resolve) => silent.once('data', resolve));
  silent.pause();
  expect(socket.connected).toBe(true);
  const { code, ms } = await server.end('SIGINT');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(BOUND_MS);
  mute.destroy();
  silent.destroy();
});

test('after a kill of one of two instances its acknowledged sales are kept, the other sells on, and its visitors are no longer counted', async () => {
  const { eventId, ticketTypeIds } = await seedEvent(database.db, { stock: [100_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const [victim, survivor] = await Promise.all([start(), start()]);
  const [lost, stays] = [await sockets.connect(victim.origin), await sockets.connect(survivor.origin)];
  for (const { send } of [lost, stays]) await send('join-event', { eventId });
  await stays.hears('room-info', { eventId, userCount: 2 });

  const acknowledged: string[] = [];
  let dead = false;
  const buyForEver = async (origin: string, goesOn: () => boolean) => {
    while (goesOn()) {
      const { id, status } = await buy(origin, eventId, ticketTypeId);
      expect(status).toBe(201);
      if (id) acknowledged.push(id);
    }
  };
  const atVictim = Array.from({ length: 8 }, () =>
    buyForEver(victim.origin, () => true).catch(() => undefined),
  );
  const atSurvivor = Array.from({ length: 4 }, () => buyForEver(survivor.origin, () => !dead));
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(100), { timeout: 15_000 });
  lost.socket.io.reconnection(false);
  await victim.end('SIGKILL');
  await Promise.all(atVictim);
  const until = acknowledged.length + 20;
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(until));
  dead = true;
  await Promise.all(atSurvivor);
  expect(await found(acknowledged)).toBe(acknowledged.length);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  await stays.hears('room-info', { eventId, userCount: 1 }, 16_000);
}, 40_000);
