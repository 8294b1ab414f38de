import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket as TcpSocket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UserSocket } from '../../../src/realtime/types.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const MEGABYTE = 1024 * 1024;
const PATH = '/socket.io/?EIO=4&transport=';
/** 36 kB as JSON. */
const seats = Array.from({ length: 1_000 }, () => randomUUID());

function dial(): Promise<TcpSocket> {
  const { hostname, port } = new URL(service.origin);
  return new Promise((resolve, reject) => {
    const tcp = connect(Number(port), hostname, () => resolve(tcp));
    tcp.once('error', reject);
  });
}

/** A frame of a client, with a mask of zeros. */
function frame(opcode: number, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(body.length < 126 ? 6 : 8);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | Math.min(body.length, 126);
  if (body.length >= 126) header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** Opens a WebSocket, signs in, and reads no more. */
async function openWebSocket(): Promise<{ tcp: TcpSocket; socket: UserSocket }> {
  const userId = randomUUID();
  const tcp = await dial();
  const key = randomBytes(16).toString('base64');
  tcp.write(
    `GET ${PATH}websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await new Promise((resolve) => tcp.once('data', resolve));
  tcp.pause();
  tcp.on('error', () => undefined);
  tcp.write(frame(1, `40${JSON.stringify({ token: service.token({ userId }) })}`));
  return { tcp, socket: await socketOf(userId) };
}

async function socketOf(userId: string): Promise<UserSocket> {
  const { sockets } = service.app.io.sockets;
  return await eventually(() => {
    const socket = [...sockets.values()].find(({ data }) => data.user.userId === userId);
    expect(socket).toBeDefined();
    return socket as UserSocket;
  });
}

/** What waits for a socket in this process, in bytes. */
function waitingFor({ conn }: UserSocket): number {
  const { writeBuffer, transport } = conn as unknown as {
    writeBuffer: { data?: string }[];
    transport: { socket?: { bufferedAmount: number } };
  };
  const queued = writeBuffer.reduce((sum, { data = '' }) => sum + data.length, 0);
  return queued + (transport.socket?.bufferedAmount ?? 0);
}

test('a WebSocket that answers pings and does not read is dropped before it costs a megabyte', async () => {
  const { tcp, socket } = await openWebSocket();
  let most = 0;
  // The kernel holds some megabytes. All this is more than it holds.
  for (let sent = 0; sent < 40 * MEGABYTE && socket.connected; sent += 36_000) {
    socket.emit('seat-update', { eventId: randomUUID(), userId: randomUUID(), seats });
    most = Math.max(most, waitingFor(socket));
    if (sent % 360_000 === 0) {
      tcp.write(frame(1, '3'));
      await sleep(1);
    }
  }
  expect(most).toBeGreaterThan(100_000);
  expect(most).toBeLessThan(MEGABYTE);
  expect(socket.connected).toBe(false);
  tcp.destroy();
});

test('a WebSocket that sends pings and does not read the answers is dropped', async () => {
  const { tcp, socket } = await openWebSocket();
  const pings = Buffer.concat(Array.from({ length: 8_000 }, () => frame(9, 'x'.repeat(125))));
  await eventually(
    () => {
      tcp.write(pings);
      expect(socket.connected).toBe(false);
    },
    { interval: 50, timeout: 10_000 },
  );
  tcp.destroy();
});

/** Opens a session by long polling, and signs in. */
async function openPolling(): Promise<{ path: string; socket: UserSocket }> {
  const userId = randomUUID();
  const open = await fetch(`${service.origin}${PATH}polling`);
  const { sid } = JSON.parse((await open.text()).slice(1)) as { sid: string };
  const path = `${PATH}polling&sid=${sid}`;
  const body = `40${JSON.stringify({ token: service.token({ userId }) })}`;
  await fetch(`${service.origin}${path}`, { method: 'POST', body });
  return { path, socket: await socketOf(userId) };
}

test('a client that does not poll is dropped before it costs a megabyte', async () => {
  const { socket } = await openPolling();
  let most = 0;
  for (let packet = 0; packet < 100 && socket.connected; packet++) {
    socket.emit('seat-update', { eventId: randomUUID(), userId: randomUUID(), seats });
    most = Math.max(most, waitingFor(socket));
    await nextTurn();
  }
  expect(most).toBeGreaterThan(100_000);
  expect(most).toBeLessThan(MEGABYTE);
  expect(socket.connected).toBe(false);
});

test('a client that polls again before it has read the last answer is dropped', async () => {
  const { path, socket } = await openPolling();
  const poll = async () => {
    const tcp = await dial();
    tcp.on('error', () => undefined).pause();
    tcp.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return tcp;
  };
  const isPolling = () => expect(socket.conn.transport.writable).toBe(true);
  // The first poll brings what the service said to the handshake.
  const connections = [await poll()];
  await eventually(() => expect(waitingFor(socket)).toBe(0));
  connections.push(await poll());
  await eventually(isPolling);
  // 10 MB are more than the kernel holds.
  const huge = Array(250_000).fill(randomUUID());
  socket.emit('seat-update', { eventId: randomUUID(), userId: randomUUID(), seats: huge });
  connections.push(await poll());
  await eventually(isPolling);
  expect(socket.connected).toBe(true);
  socket.emit('seat-update', { eventId: randomUUID(), userId: randomUUID(), seats: [] });
  await eventually(() => expect(socket.connected).toBe(false));
  for (const tcp of connections) tcp.destroy();
});

test('a client that reads gets every packet, however many there are', async () => {
  const { tcp, socket } = await openWebSocket();
  let bytes = 0;
  tcp.on('data', (chunk) => {
    bytes += chunk.length;
  });
  tcp.resume();
  for (let round = 0; round < 20; round++) {
    for (let packet = 0; packet < 8; packet++)
      socket.emit('seat-update', { eventId: randomUUID(), userId: randomUUID(), seats });
    await eventually(() => expect(waitingFor(socket)).toBe(0), { interval: 1 });
  }
  await eventually(() => expect(bytes).toBeGreaterThan(20 * 8 * 36_000));
  expect(socket.connected).toBe(true);
  tcp.destroy();
});
