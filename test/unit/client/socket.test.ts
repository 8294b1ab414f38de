import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTiketiSocket, type TiketiError, type TiketiSocket } from '../../../src/client/index.ts';
import { eventually } from '../../support/wait.ts';

const eventId = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';
const open: { close(): unknown }[] = [];
let tokens: string[] = [];

/** Starts a Socket.IO server that accepts one token. By default it acknowledges every event, and joins the sender to its room. */
async function serve({
  good = (): string => 'new',
  recovery = false,
  answer = (): object => ({ ok: true }),
  mute = '',
} = {}) {
  const http = createServer();
  const io = new Server(http, recovery ? { connectionStateRecovery: { skipMiddlewares: false } } : {});
  open.push(io);
  const got: string[] = [];
  const payloads: object[] = [];
  io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    got.push(`token ${token}`);
    if (token === good()) return next();
    const data = { code: 'TOKEN_EXPIRED', error: '인증이 만료되었습니다.' };
    next(Object.assign(new Error('authentication failed'), { data }));
  });
  io.on('connection', (socket: Socket) => {
    socket.onAny((name: string, payload: { eventId: string }, acknowledge?: (answer: object) => void) => {
      got.push(name);
      payloads.push(payload);
      void socket.join(payload.eventId); // at once, since the adapter is in memory
      if (name !== mute) acknowledge?.(answer());
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { io, got, payloads, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

function connect(options: Parameters<typeof createTiketiSocket>[0]): TiketiSocket {
  const socket = createTiketiSocket({ ...options, io: { reconnectionDelay: 20, randomizationFactor: 0 } });
  open.unshift(socket);
  return socket;
}

/** Cuts every connection, like a network that fails for a moment. */
const cut = (io: Server) => {
  for (const socket of io.sockets.sockets.values()) socket.conn.close();
};

const failure = (sent: Promise<void>) =>
  sent.then(
    () => expect.unreachable('it was accepted'),
    (error: TiketiError) => error,
  );

afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of open.splice(0)) await each.close();
});

describe('a refused connection', () => {
  it('is opened again with a new token, and events sent in the meantime arrive', async () => {
    const { url, got } = await serve();
    const refreshToken = vi.fn(async () => 'new');
    const socket = connect({ url, token: 'old', refreshToken });
    const onError = vi.fn();
    socket.on('connect_error', onError);
    await socket.joinEvent(eventId);

    expect(got).toEqual(['token old', 'token new', 'join-event']);
    expect(refreshToken).toHaveBeenCalledTimes(1);
    expect(onError).not.toHaveBeenCalled();
    expect(socket.connected).toBe(true);
  });

  it('is opened again each time a token expires', async () => {
    let good = 'second';
    const { io, url, got } = await serve({ good: () => good });
    const socket = connect({ url, token: 'first', refreshToken: async () => good });
    await socket.joinEvent(eventId);
    good = 'third';
    cut(io);
    await eventually(() => expect(got.at(-1)).toBe('join-event'));
    await eventually(() => expect(got.slice(3)).toEqual(['token second', 'token third', 'join-event']));
  });

  it('is final if the new token is refused too, and fails waiting events, until connect()', async () => {
    let good = 'never';
    const { url, got } = await serve({ good: () => good });
    const refreshToken = vi.fn(async () => 'new');
    const socket = connect({ url, token: 'old', refreshToken });
    const onError = vi.fn();
    socket.on('connect_error', onError);

    expect(await failure(socket.joinEvent(eventId))).toMatchObject({
      code: 'TOKEN_EXPIRED',
      message: '인증이 만료되었습니다.',
    });
    expect(onError).toHaveBeenCalledTimes(1);
    expect(refreshToken).toHaveBeenCalledTimes(1);
    expect(await failure(socket.joinQueue(eventId))).toMatchObject({ code: 'TOKEN_EXPIRED' });

    good = 'new';
    socket.connect();
    await socket.joinSeatSelection(eventId);
    expect(got.slice(-2)).toEqual(['token new', 'join-seat-selection']);
  });
});

describe('a token that ends soon', () => {
  it.each([
    ['refreshToken', { token: 'old', refreshToken: async () => 'fresh' }],
    ['the token function', { token: () => tokens.shift() }],
  ])('is replaced on the open connection, by %s', async (_, auth) => {
    tokens = ['old', 'fresh'];
    const { io, url, got, payloads } = await serve({ good: () => 'old' });
    const socket = connect({ url, ...auth });
    await socket.joinEvent(eventId);
    io.emit('token-expiring', { expiresAt: '2026-12-26T10:00:00.000Z', secondsLeft: 60 });
    await eventually(() => expect(payloads.at(-1)).toEqual({ token: 'fresh' }));
    expect(got).toEqual(['token old', 'join-event', 'authenticate']);
  });

  it('stays if the page has no other', async () => {
    const { io, url, got } = await serve();
    const socket = connect({ url, token: 'new' });
    await socket.joinEvent(eventId);
    const told = new Promise((resolve) => socket.on('token-expiring', resolve));
    io.emit('token-expiring', { expiresAt: '2026-12-26T10:00:00.000Z', secondsLeft: 60 });
    await told;
    await socket.leaveEvent(eventId);
    expect(got).toEqual(['token new', 'join-event', 'leave-event']);
  });
});

describe('a lost connection', () => {
  it('comes back with the current token, in the rooms that were not left', async () => {
    let token = 'first';
    const { io, url, got } = await serve({ good: () => token });
    const socket = connect({ url, token: () => token });
    await Promise.all([
      socket.joinEvent(eventId),
      socket.joinQueue(eventId),
      socket.joinSeatSelection(eventId),
    ]);
    await socket.leaveQueue(eventId);
    got.length = 0;
    token = 'second';
    const [onLost, onRejoined, onSeat] = [vi.fn(), vi.fn(), vi.fn()];
    socket.on('disconnect', onLost);
    socket.on('rejoined', onRejoined);
    socket.on('seat-locked', onSeat);
    cut(io);

    await eventually(() => expect(onRejoined).toHaveBeenCalledWith({ eventIds: [eventId] }));
    expect(got.sort()).toEqual(['join-event', 'join-seat-selection', 'token second']);
    expect(onLost).toHaveBeenCalledTimes(1);
    io.to(eventId).emit('seat-locked', { eventId, seatId: eventId, status: 'locked' });
    await eventually(() => expect(onSeat).toHaveBeenCalledTimes(1));
  });

  it('comes back in its rooms, and goes on to tell its other listeners, when one of the page fails', async () => {
    const uncaught: unknown[] = [];
    const queue = queueMicrotask;
    vi.stubGlobal('queueMicrotask', (run: () => void) =>
      queue(() => {
        try {
          run();
        } catch (error) {
          uncaught.push(error);
        }
      }),
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    const { url, io } = await serve({ good: () => 'a' });
    const socket = connect({ url, token: 'a' });
    await socket.joinEvent(eventId);
    const [failing, rejoined] = [new Error('of the page'), vi.fn()];
    socket.on('connect', () => {
      throw failing;
    });
    socket.on('rejoined', () => {
      throw failing;
    });
    socket.on('rejoined', rejoined);
    cut(io);
    await eventually(() => expect(rejoined).toHaveBeenCalledWith({ eventIds: [eventId] }));
    expect(uncaught).toEqual([failing, failing]);
  });

  it('does not join a room again that was left, even if the service did not hear of it', async () => {
    const { io, url, got } = await serve({ mute: 'leave-event' });
    const socket = connect({ url, token: 'new' });
    await Promise.all([socket.joinQueue(eventId), socket.leaveQueue(eventId)]);
    await socket.joinSeatSelection(eventId);
    await socket.joinEvent(eventId);
    const unheard = failure(socket.leaveEvent(eventId));
    await eventually(() => expect(got).toContain('leave-event'));
    got.length = 0;
    cut(io);
    expect(await unheard).toMatchObject({ code: 'NETWORK_ERROR' });
    await eventually(() => expect(got).toContain('join-seat-selection'));
    expect(got).toEqual(['token new', 'join-seat-selection']);
  });

  it('asks for no room if the service has kept the session', async () => {
    const { io, url, got } = await serve({ recovery: true });
    const socket = connect({ url, token: 'new' });
    await socket.joinEvent(eventId);
    const [onConnect, onRoom] = [vi.fn(), vi.fn()];
    socket.on('connect', onConnect);
    socket.on('room-info', onRoom);
    // A session can be recovered once the client has received an event, and with it its offset.
    io.to(eventId).emit('room-info', { eventId, userCount: 1 });
    await eventually(() => expect(onRoom).toHaveBeenCalledTimes(1));
    cut(io);
    await eventually(() => expect(onConnect).toHaveBeenCalledWith({ recovered: true }));
    expect(got.filter((name) => name === 'join-event')).toHaveLength(1);
  });

  it('asks again for a room that is temporarily refused', async () => {
    const answers: object[] = [{ ok: true }, { ok: false, code: 'SERVICE_UNAVAILABLE', error: '잠시 후' }];
    const { io, url, got } = await serve({ answer: () => answers.shift() ?? { ok: true } });
    const socket = connect({ url, token: 'new' });
    await socket.joinQueue(eventId);
    const onRejoined = vi.fn();
    socket.on('rejoined', onRejoined);
    cut(io);
    await eventually(() => expect(onRejoined).toHaveBeenCalledTimes(1));
    expect(got.filter((name) => name === 'join-queue')).toHaveLength(3);
  });

  it('gives up a room that is refused for good, and emits an error', async () => {
    const answers: object[] = [{ ok: true }, { ok: false, code: 'EVENT_NOT_FOUND', error: '없습니다.' }];
    const { io, url } = await serve({ answer: () => answers.shift() ?? { ok: true } });
    const socket = connect({ url, token: 'new' });
    await socket.joinQueue(eventId);
    const onError = vi.fn();
    socket.on('error', onError);
    cut(io);
    await eventually(() =>
      expect(onError).toHaveBeenCalledWith({ code: 'EVENT_NOT_FOUND', error: '없습니다.' }),
    );
  });

  it('comes back after a pause if the service ended it', async () => {
    // The shortest pause, one second
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { io, url, got } = await serve();
    const socket = connect({ url, token: 'new' });
    await socket.joinEvent(eventId);
    io.disconnectSockets(true);
    await eventually(() => expect(got.filter((name) => name === 'join-event')).toHaveLength(2));
  });
});

describe('what is sent', () => {
  it('is rejected with the refusal, after a time-out without an answer, and at once when the socket is closed', async () => {
    const { url } = await serve({
      answer: () => ({ ok: false, code: 'FORBIDDEN', error: '권한이 없습니다.' }),
    });
    const socket = connect({ url, token: 'new' });
    const refused = failure(socket.changeSeatSelection({ eventId, seats: [] }));
    expect(await refused).toMatchObject({
      name: 'TiketiError',
      code: 'FORBIDDEN',
      message: '권한이 없습니다.',
    });

    const nowhere = connect({ url: 'http://127.0.0.1:1', token: 'new', timeoutMs: 100 });
    expect(await failure(nowhere.joinEvent(eventId))).toMatchObject({ code: 'NETWORK_ERROR' });
    const pending = failure(connect({ url: 'http://127.0.0.1:1', token: 'new' }).joinEvent(eventId));
    open[0]?.close();
    expect(await pending).toMatchObject({ code: 'NETWORK_ERROR' });
  });

  it('reaches its listeners until they are removed', async () => {
    const { io, url } = await serve();
    const socket = connect({ url, token: 'new' });
    await socket.joinEvent(eventId);
    const [first, second] = [vi.fn(), vi.fn()];
    const stop = socket.on('room-info', first);
    socket.on('room-info', second);
    io.emit('room-info', { eventId, userCount: 1 });
    await eventually(() => expect(second).toHaveBeenCalledTimes(1));
    stop();
    io.emit('room-info', { eventId, userCount: 2 });
    await eventually(() => expect(second).toHaveBeenLastCalledWith({ eventId, userCount: 2 }));
    expect(first).toHaveBeenCalledTimes(1);
  });
});
