import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { seedEvent } from '../support/events.ts';
import { ask } from '../support/http.ts';
import { holdStock, untilLockWaiters } from '../support/locks.ts';
import { eventually } from '../support/wait.ts';
import { busyClient } from './busy-client.ts';
import { useServerProcesses } from './server-processes.ts';

const BOUND_MS = 10_000;

const servers = useServerProcesses();

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
    const { eventId, ticketTypeIds } = await seedEvent(servers.db, { stock: [100] });
    const [ticketTypeId] = ticketTypeIds as [string];
    const server = await servers.start();
    const listener = await servers.connect(server.origin);
    await listener.send('join-event', { eventId });
    const told = new Promise<string>((resolve) => listener.socket.once('disconnect', resolve));

    const letGo = await holdStock(servers.db, ticketTypeId);
    const first = servers.buy(server.origin, eventId, ticketTypeId);
    await untilLockWaiters(servers.db, 1);
    // The other buyers wait for the batch that waits for the row.
    const buyers = [
      first,
      ...Array.from({ length: 29 }, () => servers.buy(server.origin, eventId, ticketTypeId)),
    ];
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
    expect(await servers.found(answers.flatMap(({ id }) => id ?? []))).toBe(30);
    const { code, ms } = await ended;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(BOUND_MS);
  },
);

test('clients that are silent, stop reading or stay connected do not delay the end', async () => {
  const server = await servers.start();
  const mute = connect(Number(new URL(server.origin).port), '127.0.0.1');
  mute.on('error', () => undefined);
  await new Promise<void>((resolve) => mute.once('connect', resolve));
  const { socket } = await servers.connect(server.origin);
  // Opens a WebSocket, and neither enters Socket.IO nor answers when it is closed.
  const rude = connect(Number(new URL(server.origin).port), '127.0.0.1');
  rude.on('error', () => undefined);
  rude.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const [upgraded] = await once(rude, 'data');
  expect(String(upgraded)).toMatch(/^HTTP\/1\.1 101 /);
  const silent = connect(Number(new URL(server.origin).port), '127.0.0.1');
  silent.on('error', () => undefined);
  silent.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await new Promise((resolve) => silent.once('data', resolve));
  silent.pause();
  expect(socket.connected).toBe(true);
  const { code, ms } = await server.end('SIGINT');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(BOUND_MS / 2);
  mute.destroy();
  rude.destroy();
  silent.destroy();
});

test('no request on an open connection is reset or refused while the service ends', async () => {
  const server = await servers.start();
  const clients = Array.from({ length: 20 }, () => busyClient(server.origin, '/api/v1/events'));
  await eventually(async () => {
    const { body } = await ask(server.origin, { url: '/metrics' });
    const [, answered] = /route="\/api\/v1\/events",status="200"} (\d+)/.exec(body) ?? [];
    expect(Number(answered)).toBeGreaterThan(200);
  });
  const { code, ms } = await server.end('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(BOUND_MS / 2);
  // Each was answered to the end, was told with the last answer that its connection closes, and could open no other.
  const kinds = new Set((await Promise.all(clients)).map(({ last, end }) => `${last}, then ${end}`));
  expect([...kinds]).toEqual(['close, then ECONNREFUSED']);
});

test('for SHUTDOWN_DELAY_SECONDS the service is not ready, but takes connections and sells', async () => {
  const { eventId, ticketTypeIds } = await seedEvent(servers.db, { stock: [100] });
  const server = await servers.start({ SHUTDOWN_DELAY_SECONDS: '2' });
  const ready = () => ask(server.origin, { url: '/health/ready' });
  expect((await ready()).status).toBe(200);
  const ended = server.end('SIGTERM');
  await eventually(async () => {
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'stopping', postgres: { status: 'up' }, redis: { status: 'up' } });
  });
  expect((await ask(server.origin, { url: '/health' })).status).toBe(200);
  expect((await servers.buy(server.origin, eventId, ticketTypeIds[0] as string)).status).toBe(201);
  const { code, ms } = await ended;
  expect(code).toBe(0);
  expect(ms).toBeGreaterThan(1_950);
  expect(ms).toBeLessThan(2_000 + BOUND_MS);
});

test('a second signal, of the other kind, ends the delay and the requests in progress', async () => {
  const server = await servers.start({ SHUTDOWN_DELAY_SECONDS: '60' });
  const half = connect(Number(new URL(server.origin).port), '127.0.0.1');
  half.on('error', () => undefined);
  half.write('GET /health HTTP/1.1\r\n');
  const ended = server.end('SIGTERM');
  await eventually(async () => expect((await ask(server.origin, { url: '/health/ready' })).status).toBe(503));
  server.process.kill('SIGINT');
  expect((await ended).code).toBe(1);
  expect((await ended).ms).toBeLessThan(BOUND_MS / 2);
  half.destroy();
});
