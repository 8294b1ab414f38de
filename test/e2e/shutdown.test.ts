import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { seedEvent } from '../support/events.ts';
import { ask } from '../support/http.ts';
import { holdStock, untilLockWaiters } from '../support/locks.ts';
import { eventually } from '../support/wait.ts';
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
