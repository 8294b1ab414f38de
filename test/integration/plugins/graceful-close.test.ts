import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProblem } from '../../contract/answers.ts';
import { holdSeats } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Opens a connection that stays open, and has had an answer on it. */
async function keptConnection(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  await answerTo(socket, 'GET /health');
  return socket;
}

/** Sends a request, and returns the answer, which may come in several pieces. */
async function answerTo(socket: Socket, request: string, headers: string[] = [], payload = '') {
  const length = `Content-Length: ${Buffer.byteLength(payload)}`;
  socket.write([`${request} HTTP/1.1`, 'Host: x', length, ...headers, '', payload].join('\r\n'));
  for (let answer = ''; ; ) {
    const [chunk] = await once(socket, 'data');
    answer += chunk;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const [status = '', ...lines] = head.split('\r\n');
    const fields = lines.map((line) => line.split(': ') as [string, string]);
    const named = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));
    if (Buffer.byteLength(body) === Number(named['content-length']))
      return { statusCode: Number(status.split(' ')[1]), headers: named, body };
  }
}

test('while the service closes, open connections sell and refuse as before, and are told that they end', async () => {
  const app = await service.startAnother();
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const json = [`Authorization: ${service.as().authorization}`, 'Content-Type: application/json'];
  const [buyer, lost, balancer] = await Promise.all([
    keptConnection(app.listeningOrigin),
    keptConnection(app.listeningOrigin),
    keptConnection(app.listeningOrigin),
  ]);
  const closed = app.close();
  // Once the listener is closed, the rest of the close waits for the connections.
  await new Promise(setImmediate);
  const [bought, refused, ready] = await Promise.all([
    answerTo(buyer, 'POST /api/v1/seats/reserve', json, JSON.stringify({ eventId, seatIds })),
    answerTo(lost, 'GET /nothing', ['Origin: http://localhost:3000']),
    answerTo(balancer, 'GET /health/ready'),
  ]);
  expect(bought.statusCode).toBe(201);
  expect(refused.statusCode).toBe(404);
  expect(expectProblem(refused).code).toBe('ROUTE_NOT_FOUND');
  expect(refused.headers['access-control-allow-origin']).toBe('http://localhost:3000');
  expect([ready.statusCode, JSON.parse(ready.body).status]).toEqual([503, 'stopping']);
  for (const { headers } of [bought, refused, ready]) expect(headers.connection).toBe('close');
  await closed;
});

test('connections that are silent do not keep the service, and end without a reset', async () => {
  const app = await service.startAnother();
  const idle = await keptConnection(app.listeningOrigin);
  const mute = connect(Number(new URL(app.listeningOrigin).port), '127.0.0.1');
  await once(mute, 'connect');
  const ends = [idle, mute].map((socket) => once(socket.resume(), 'end'));
  const begun = performance.now();
  await app.close();
  await Promise.all(ends);
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('a client that polls for Socket.IO is told that its connection ends, and does not keep the service', async () => {
  const app = await service.startAnother();
  const handshake = 'GET /socket.io/?EIO=4&transport=polling';
  const before = await keptConnection(app.listeningOrigin);
  await answerTo(before, handshake);
  const during = await keptConnection(app.listeningOrigin);
  const begun = performance.now();
  const closed = app.close();
  await new Promise(setImmediate);
  expect((await answerTo(during, handshake)).headers.connection).toBe('close');
  await closed;
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('the rest of a request that was refused, or an empty line after one, does not keep the service', async () => {
  const app = await service.startAnother();
  const clients = await Promise.all([
    keptConnection(app.listeningOrigin),
    keptConnection(app.listeningOrigin),
  ]);
  const [refused, old] = clients as [Socket, Socket];
  refused.write('POST /api/v1/seats/reserve HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n');
  expect(String(await once(refused, 'data'))).toMatch(/^HTTP\/1\.1 401 /);
  refused.write('12345');
  old.write('\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const begun = performance.now();
  await app.close();
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('a request whose head arrives in pieces while the service closes is answered', async () => {
  const app = await service.startAnother();
  const slow = await keptConnection(app.listeningOrigin);
  slow.write('GET /health HTTP/1.1\r\n');
  const closed = app.close();
  // Longer than the silence after which a connection without a request is closed.
  await new Promise((resolve) => setTimeout(resolve, 600));
  slow.write('Host: x\r\n\r\n');
  const [answer] = await once(slow, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('requests that a client pipelines before and while the service closes are all answered', async () => {
  const app = await service.startAnother();
  const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
  const client = await keptConnection(app.listeningOrigin);
  const reserve = async (seatId: string | undefined) => {
    const payload = JSON.stringify({ eventId, seatIds: [seatId] });
    const { authorization } = service.as();
    const headers = [`Authorization: ${authorization}`, 'Content-Type: application/json', 'Host: x'];
    const length = `Content-Length: ${payload.length}`;
    const arrived = once(app.server, 'request');
    client.write(['POST /api/v1/seats/reserve HTTP/1.1', ...headers, length, '', payload].join('\r\n'));
    await arrived;
  };
  const letGo = await holdSeats(service.db, eventId);
  await reserve(seatIds[0]);
  await reserve(seatIds[1]);
  const closed = app.close();
  await reserve(seatIds[2]);
  const answers = text(client);
  await letGo();
  expect((await answers).match(/HTTP\/1\.1 \d+|^connection: .*(?=\r)/gim)).toEqual([
    ...['HTTP/1.1 201', 'Connection: keep-alive'],
    ...['HTTP/1.1 201', 'Connection: keep-alive'],
    ...['HTTP/1.1 201', 'Connection: close'],
  ]);
  await closed;
});
