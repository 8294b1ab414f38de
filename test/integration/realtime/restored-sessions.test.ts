import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { UnavailableError } from '../../../src/errors/unavailable.ts';
import { queueRoom } from '../../../src/realtime/socket-rooms.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { dial, openSockets, type Sockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';
import { type Person, withPeople } from '../../support/waiting-room/queue-client.ts';

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '2', QUEUE_TICK_MS: '100' } });
  sockets = openSockets(service.token);
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const origin = (instance: number) => service.origins[instance] as string;

test('a user who reconnects is told which seats they hold, and no longer when the hold has ended', async () => {
  const userId = randomUUID();
  const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
  const held = seatIds.slice(0, 2);
  const api = apiOf(service);
  const { body } = await api.reserve(eventId, held, userId);
  const listener = await sockets.connect(origin(1), { userId });
  await listener.hears('session-restored', { eventId, queueEventId: null, seatEventId: eventId });
  const [restored, ...more] = listener.heard('session-restored');
  expect(more).toEqual([]);
  expect(restored?.selectedSeats.toSorted()).toEqual(held.toSorted());

  const other = await service.seedEvent({ seats: 1 });
  await api.reserve(other.eventId, other.seatIds, userId);
  await api.cancel(body.reservation.id, userId);
  const again = await sockets.connect(origin(1), { userId });
  await again.hears('session-restored', { seatEventId: other.eventId, selectedSeats: other.seatIds });
  expect(again.heard('session-restored')).toHaveLength(1);
});

test('a reconnect asks Redis once for the places of the user, however many lines there are', async () => {
  const lines = [];
  for (let line = 0; line < 12; line++) lines.push(await withPeople(service, 3));
  const [{ eventId, people }] = lines as [(typeof lines)[number]];
  const waiting = people[2] as Person;
  const { app } = service;
  const asked: number[] = [];
  const pipeline = app.redis.pipeline.bind(app.redis);
  vi.spyOn(app.redis, 'pipeline').mockImplementation((...args) => {
    const made = pipeline(...args);
    const exec = made.exec.bind(made);
    made.exec = (...more) => {
      asked.push(made.length);
      return exec(...more);
    };
    return made;
  });
  const visits = vi.spyOn(app.queue, 'placesOf');
  // A tick later this instance knows all lines.
  await eventually(async () => {
    asked.length = 0;
    const listener = await sockets.connect(origin(0), { userId: waiting.userId });
    await listener.hears('session-restored', { eventId, queueEventId: eventId });
    expect(asked).toHaveLength(1);
  });
  expect(asked[0]).toBeGreaterThan(12);
  expect(await visits.mock.results[0]?.value).toEqual([{ eventId, called: false }]);
});

test('a join-queue that fails leaves the socket outside the room, and a later one succeeds', async () => {
  const { eventId } = await service.seedEvent();
  const { socket, send } = await sockets.connect(origin(0));
  vi.spyOn(service.app.queue, 'contact').mockRejectedValueOnce(new UnavailableError('Redis is away'));
  expect(await send('join-queue', { eventId })).toMatchObject({ ok: false, code: 'SERVICE_UNAVAILABLE' });
  const { rooms } = service.app.io.sockets.adapter;
  expect(rooms.has(queueRoom(eventId))).toBe(false);
  expect(await send('join-queue', { eventId })).toEqual({ ok: true });
  expect([...(rooms.get(queueRoom(eventId)) ?? [])]).toEqual([socket.id]);
});

test('messages for people are in the language of the socket, which a browser names in the handshake', async () => {
  const { eventId, people } = await withPeople(service, 3);
  const [first, , next] = people as [Person, Person, Person];
  const token = service.token({ userId: next.userId });
  const options = [
    [{}, '입장이 허용되었습니다.', '관리자가 대기열을 초기화했습니다.'],
    [{ auth: { token, language: 'ko' } }, '입장이 허용되었습니다.', '관리자가 대기열을 초기화했습니다.'],
    [
      { auth: { token, language: 'en' } },
      'You may enter now.',
      'An administrator has cleared the waiting room.',
    ],
    [
      { extraHeaders: { 'accept-language': 'en-US,en;q=0.9,ko;q=0.8' } },
      'You may enter now.',
      'An administrator has cleared the waiting room.',
    ],
  ] as const;
  const opened = options.map(([option], index) => {
    const heard: Record<string, string> = {};
    const socket = dial(origin(index % 2), { auth: { token }, ...option });
    for (const name of ['queue-entry-allowed', 'queue-cleared'])
      socket.on(name, ({ message }: { message: string }) => {
        heard[name] = message;
      });
    return { socket, heard };
  });
  for (const { socket } of opened)
    expect(await socket.timeout(5_000).emitWithAck('join-queue', { eventId })).toEqual({ ok: true });
  await first.leave();
  await eventually(() =>
    expect(opened.map(({ heard }) => heard['queue-entry-allowed'])).toEqual(
      options.map(([, entry]) => entry),
    ),
  );
  const admin = service.as(undefined, 'admin');
  expect((await apiOf(service).post(`/queue/admin/clear/${eventId}`, admin)).status).toBe(200);
  await eventually(() =>
    expect(opened.map(({ heard }) => heard['queue-cleared'])).toEqual(
      options.map(([, , cleared]) => cleared),
    ),
  );
  for (const { socket } of opened) socket.disconnect();
});

test('room-info comes at once, and then at most once a second', async () => {
  const { eventId } = await service.seedEvent();
  const first = await sockets.connect(origin(0));
  const joined = performance.now();
  await first.send('join-event', { eventId });
  await first.hears('room-info', { userCount: 1 });
  expect(performance.now() - joined).toBeLessThan(800);
  const times: number[] = [];
  first.socket.on('room-info', () => times.push(performance.now()));
  const crowd = [];
  for (let count = 0; count < 24; count++) {
    const listener = await sockets.connect(origin(count % 2));
    await listener.send('join-event', { eventId });
    crowd.push(listener);
  }
  for (const each of [first, ...crowd]) await each.hears('room-info', { eventId, userCount: 25 });
  const lasted = performance.now() - joined;
  expect(times.length).toBeLessThanOrEqual(Math.ceil(lasted / 1_000));
  // Redis counts after the second has passed, and may take longer one time than the next.
  for (const [index, time] of times.entries()) expect(time - joined).toBeGreaterThan((index + 1) * 990);
});

test('a socket keeps nothing of its handshake', async () => {
  for (const transports of [['websocket'], ['polling']]) {
    const { userId } = await sockets.connect(origin(0), { transports });
    const socket = [...service.app.io.sockets.sockets.values()].find(
      ({ data }) => data.user.userId === userId,
    );
    expect(socket?.request).toBeUndefined();
    expect(socket?.handshake).toEqual({});
  }
});
