import { createServer, type Server as HttpServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createTiketiClient,
  createTiketiSocket,
  positionInLine,
  TiketiError,
} from '../../../src/client/index.ts';
import { eventually } from '../../support/wait.ts';

const eventId = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';
const other = '1833caa8-278a-4b05-b993-cf7a12e86c4c';
const open: { close(): unknown }[] = [];

/** Starts REST and Socket.IO on one address, and records the proofs of a place in a waiting room that clients send. */
async function serve() {
  let answer: { status?: number; body: object } = { body: {} };
  const shown: { url: string; pass: unknown; ticket: unknown; headers: IncomingHttpHeaders }[] = [];
  const joined: object[] = [];
  const http: HttpServer = createServer((request, response) => {
    const { headers, url = '' } = request;
    shown.push({ url, pass: headers['x-queue-pass'], ticket: headers['x-queue-ticket'], headers });
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  const io = new Server(http);
  open.push(io);
  io.on('connection', (socket) => {
    socket.onAny((name: string, payload: object, acknowledge: (answer: object) => void) => {
      joined.push({ name, ...payload });
      acknowledge({ ok: true });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url,
    io,
    joined,
    answers: (body: object, status?: number) => {
      answer = { body, ...(status !== undefined && { status }) };
    },
    /** The proofs in the last request. */
    last: () => {
      const { pass, ticket } = shown.at(-1) ?? {};
      return { pass, ticket };
    },
    lastHeaders: () => shown.at(-1)?.headers,
  };
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const nothing = { pass: undefined, ticket: undefined };

describe('the proof of a place in a waiting room', () => {
  it('is sent with all later calls for its event, and for no other event', async () => {
    const { url, answers, last, lastHeaders } = await serve();
    const client = createTiketiClient({ baseUrl: url, token: 'mine' });
    answers({ queued: true, ticket: 'ticket-1' });
    await client.checkQueue({ eventId });
    expect(last()).toEqual(nothing);

    answers({});
    const calls = [
      () => client.checkQueue({ eventId }),
      () => client.getQueueStatus({ eventId }),
      () => client.heartbeatQueue({ eventId }),
      () => client.reserveSeats({ eventId, seatIds: [other] }),
      () => client.holdBestAvailable({ eventId, quantity: 2 }),
      () => client.createReservation({ eventId, items: [{ ticketTypeId: other, quantity: 1 }] }),
    ];
    for (const call of calls) {
      await call();
      expect(last(), String(call)).toEqual({ pass: undefined, ticket: 'ticket-1' });
    }
    await client.checkQueue({ eventId: other });
    expect(last()).toEqual(nothing);
    await client.getEvent({ id: eventId });
    expect(last()).toEqual(nothing);
    await client.reserveSeats({ eventId, seatIds: [other] }, { headers: { 'idempotency-key': 'k' } });
    expect(lastHeaders()).toMatchObject({ 'idempotency-key': 'k', 'x-queue-ticket': 'ticket-1' });
  });

  it.each(['checkQueue', 'getQueueStatus', 'heartbeatQueue'] as const)(
    'is replaced by the latest one that %s returns, and stays if it returns none',
    async (operation) => {
      const { url, answers, last } = await serve();
      const client = createTiketiClient({ baseUrl: url, token: 'mine' });
      answers({ queued: true, ticket: 'ticket-1' });
      await client[operation]({ eventId });
      answers({ queued: false, pass: 'pass-1' });
      await client[operation]({ eventId });
      answers({ queued: false });
      await client[operation]({ eventId });
      expect(last()).toEqual({ pass: 'pass-1', ticket: undefined });
      answers({ code: 'SERVICE_UNAVAILABLE', error: '잠시 후', requestId: 'r' }, 503);
      await client[operation]({ eventId }).catch(() => undefined);
      await client[operation]({ eventId }).catch(() => undefined);
      expect(last()).toEqual({ pass: 'pass-1', ticket: undefined });
    },
  );

  it('is forgotten when the place is given up', async () => {
    const { url, answers, last } = await serve();
    const client = createTiketiClient({ baseUrl: url, token: 'mine' });
    answers({ pass: 'pass-1' });
    await client.checkQueue({ eventId });
    answers({ message: '대기열에서 나왔습니다.' });
    await client.leaveQueue({ eventId });
    expect(last()).toEqual({ pass: 'pass-1', ticket: undefined });
    await client.checkQueue({ eventId });
    expect(last()).toEqual(nothing);
  });

  it('is sent with joinQueue of the socket, also after a reconnect, until the line is cleared', async () => {
    const { url, io, joined, answers, last } = await serve();
    const token = () => 'mine';
    const client = createTiketiClient({ baseUrl: url, token });
    const socket = createTiketiSocket({
      url,
      token,
      io: { reconnectionDelay: 20, randomizationFactor: 0 },
    });
    open.unshift(socket);
    answers({ queued: true, ticket: 'ticket-1' });
    await client.checkQueue({ eventId });
    await socket.joinQueue(eventId);
    await socket.joinEvent(eventId);
    expect(joined).toEqual([
      { name: 'join-queue', eventId, ticket: 'ticket-1' },
      { name: 'join-event', eventId },
    ]);

    answers({ queued: false, pass: 'pass-1' });
    await client.checkQueue({ eventId });
    joined.length = 0;
    for (const each of io.sockets.sockets.values()) each.conn.close();
    await eventually(() => expect(joined).toContainEqual({ name: 'join-queue', eventId, pass: 'pass-1' }));

    const cleared = new Promise((resolve) => socket.on('queue-cleared', resolve));
    await eventually(() => expect(socket.connected).toBe(true));
    io.emit('queue-cleared', { eventId, message: '관리자가 대기열을 초기화했습니다.' });
    await cleared;
    answers({});
    await client.checkQueue({ eventId });
    expect(last()).toEqual(nothing);
  });

  it('is not shared by clients with different token functions', async () => {
    const { url, answers, last } = await serve();
    answers({ pass: 'pass-1' });
    await createTiketiClient({ baseUrl: url, token: () => 'mine' }).checkQueue({ eventId });
    await createTiketiClient({ baseUrl: url, token: 'mine' }).checkQueue({ eventId });
    for (const token of ['mine', () => 'mine']) {
      await createTiketiClient({ baseUrl: url, token }).checkQueue({ eventId });
      expect(last()).toEqual(nothing);
    }
  });
});

describe('a place in line', () => {
  it('is part of the refusal', async () => {
    const { url, answers } = await serve();
    const estimatedWaitRange = { min: 25, max: 40 };
    const queue = { queued: true, position: 45, queueSize: 60, estimatedWait: 30, estimatedWaitRange };
    answers({ code: 'QUEUE_REQUIRED', error: '대기열', requestId: 'r', queue }, 403);
    const refused = createTiketiClient({ baseUrl: url, token: 'mine' }).holdBestAvailable({
      eventId,
      quantity: 1,
    });
    const error = await refused.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TiketiError);
    expect(error).toMatchObject({ code: 'QUEUE_REQUIRED', queue });
  });

  it('is computed from queue-updated', () => {
    expect(positionInLine(1_045, { servedSeq: 1_000, queueSize: 60 })).toBe(45);
    // Users ahead have left, so the line is shorter than the sequences say.
    expect(positionInLine(1_045, { servedSeq: 1_000, queueSize: 12 })).toBe(12);
    expect(positionInLine(1_045, { servedSeq: 1_044, queueSize: 3 })).toBe(1);
    expect(positionInLine(1_045, { servedSeq: 1_050, queueSize: 0 })).toBe(1);
  });
});
