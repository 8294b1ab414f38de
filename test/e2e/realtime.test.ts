import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clientEventSchemas } from '../../src/contract/socket.ts';
import { seedEvent } from '../support/events.ts';
import { apiOf } from '../support/http.ts';
import { SECRET, type Service, startService } from '../support/service.ts';
import { dial, type Listener, openSockets, type Sockets } from '../support/sockets.ts';
import { signToken } from '../support/token.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';
import { eventually } from '../support/wait.ts';

let service: Service;
let sockets: Sockets;

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '100' } });
  sockets = openSockets(service.token);
});
afterEach(() => {
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const connect = (instance = 0, user: Parameters<Sockets['connect']>[1] = {}) =>
  sockets.connect(service.origins[instance] as string, user);
const accepted = { ok: true };
const refused = (code: string) => ({ ok: false, code, error: expect.stringMatching(/[가-힣]/) });

describe('the handshake', () => {
  const userId = randomUUID();
  const aMinuteAgo = Math.floor(Date.now() / 1_000) - 60;

  function refusal(auth: object, transports: string[]): Promise<Error & { data?: unknown }> {
    const socket = dial(service.origin, { auth, transports, reconnection: false });
    return new Promise((resolve, reject) => {
      socket.once('connect', () => reject(new Error('let in')));
      socket.once('connect_error', resolve);
    }).finally(() => socket.disconnect()) as Promise<Error & { data?: unknown }>;
  }

  test.each<[string, object, string]>([
    ['no token', {}, 'UNAUTHENTICATED'],
    ['a token that is no text', { token: { userId } }, 'UNAUTHENTICATED'],
    ['garbage', { token: 'garbage' }, 'TOKEN_INVALID'],
    ['an empty token', { token: '' }, 'TOKEN_INVALID'],
    ['a signature with another secret', { token: signToken({ userId }, 'x'.repeat(48)) }, 'TOKEN_INVALID'],
    ['no signature', { token: signToken({ userId }, SECRET, 'none') }, 'TOKEN_INVALID'],
    ['no user', { token: signToken({}) }, 'TOKEN_INVALID'],
    ['a user who is no id', { token: signToken({ userId: 'admin' }) }, 'TOKEN_INVALID'],
    ['a token without an expiry', { token: signToken({ userId, exp: undefined }) }, 'TOKEN_INVALID'],
    ['an expired token', { token: signToken({ userId, exp: aMinuteAgo }) }, 'TOKEN_EXPIRED'],
  ])('refuses %s with the word that existing clients look for', async (_what, auth, code) => {
    for (const transports of [['websocket'], ['polling']]) {
      const { message, data } = await refusal(auth, transports);
      expect(message).toContain('authentication');
      expect(data).toEqual({ code, error: expect.any(String) });
    }
  });

  test('accepts a good token, by either transport', async () => {
    for (const transports of [
      ['websocket'],
      ['polling'],
      ['websocket', 'polling'],
      ['polling', 'websocket'],
    ]) {
      const { socket } = await connect(0, { token: signToken({ userId }), transports });
      expect(socket.connected).toBe(true);
    }
  });
});

describe('a client event', () => {
  const events = Object.keys(clientEventSchemas);
  const garbage = [
    null,
    5,
    true,
    'text',
    [],
    {},
    [[]],
    { eventId: 5 },
    { eventId: 'x' },
    { eventId: null },
    { eventId: ['a'] },
  ];

  test.each(events)(
    '%s without a valid payload is refused, through the acknowledgement or as `error`',
    async (name) => {
      const { sendAnything, socket, heard } = await connect();
      expect(await sendAnything(name)).toEqual(refused('VALIDATION_FAILED'));
      for (const payload of garbage)
        expect(await sendAnything(name, payload)).toEqual(refused('VALIDATION_FAILED'));
      expect(heard('error')).toEqual([]);

      socket.emit(name);
      for (const payload of garbage) socket.emit(name, payload);
      const { ok: _, ...problem } = refused('VALIDATION_FAILED');
      await eventually(() => expect(heard('error')).toEqual(Array(garbage.length + 1).fill(problem)));
    },
  );

  test('with a bad acknowledgement or extra arguments does no harm', async () => {
    const { eventId } = await service.seedEvent();
    const listener = await connect();
    listener.socket.emit('join-event', { eventId, extra: { a: [1] } }, 'not a function', { ok: 1 });
    await listener.hears('room-info', { eventId, userCount: 1 });
    expect(await listener.sendAnything('leave-event', { eventId }, 'more', null)).toEqual(accepted);
    listener.socket.emit('join-event', 'not a function');
    await listener.hears('error', { code: 'VALIDATION_FAILED' });
  });

  test('with an unknown name is refused, whatever the name', async () => {
    const { sendAnything, socket, hears } = await connect();
    for (const name of [
      'no-such-event',
      'error',
      'constructor',
      '__proto__',
      'toString',
      'seat-locked',
      '',
      'message',
    ]) {
      expect(await sendAnything(name, { eventId: randomUUID() })).toEqual(refused('ROUTE_NOT_FOUND'));
    }
    socket.emit('no-such-event');
    await hears('error', { code: 'ROUTE_NOT_FOUND' });
    const asNumber = socket as unknown as { emit(name: number): void };
    asNumber.emit(7);
    expect(await sendAnything('leave-event', { eventId: randomUUID() })).toEqual(accepted);
  });

  test.each(['join-event', 'join-queue', 'join-seat-selection'])(
    '%s of an event that does not exist is refused',
    async (name) => {
      const { sendAnything, socket, hears } = await connect();
      expect(await sendAnything(name, { eventId: randomUUID() })).toEqual(refused('EVENT_NOT_FOUND'));
      socket.emit(name, { eventId: randomUUID() });
      await hears('error', { code: 'EVENT_NOT_FOUND' });
    },
  );

  test('is limited in a flood, which disconnects its sender and no other client', async () => {
    const { eventId } = await service.seedEvent();
    const flooder = await connect();
    const other = await connect();
    const gone = new Promise<string>((resolve) => flooder.socket.once('disconnect', resolve));
    for (let count = 0; count < 400; count++)
      flooder.socket.emit(count % 2 ? 'leave-event' : 'nonsense', { eventId });
    expect(await gone).toBe('io server disconnect');
    expect(flooder.heard('error').some(({ code }) => code === 'TOO_MANY_REQUESTS')).toBe(true);
    expect(await other.send('join-event', { eventId })).toEqual(accepted);
  });

  test('cannot join more than fifty rooms with one socket', async () => {
    const { send } = await connect();
    const events = await Promise.all(Array.from({ length: 49 }, () => seedEvent(service.db)));
    await service.refresh();
    const answers = [];
    for (const { eventId } of events) answers.push(await send('join-event', { eventId }));
    expect(answers.filter(({ ok }) => ok).length).toBe(48);
    expect(answers.at(-1)).toEqual(refused('TOO_MANY_REQUESTS'));
  });
});

describe('room-info', () => {
  test('counts the visitors of an event on all instances, and again when they leave or disconnect', async () => {
    const { eventId } = await service.seedEvent();
    const [a, b, c] = [await connect(0), await connect(1), await connect(1)];
    const arrive = async (listener: Listener, userCount: number) => {
      await listener.send('join-event', { eventId });
      for (const each of [a, b, c].slice(0, userCount)) await each.hears('room-info', { eventId, userCount });
    };
    await arrive(a, 1);
    await arrive(b, 2);
    await arrive(c, 3);
    expect(await c.send('leave-event', { eventId })).toEqual(accepted);
    for (const each of [a, b]) await each.hears('room-info', { eventId, userCount: 2 });
    b.socket.disconnect();
    await a.hears('room-info', { eventId, userCount: 1 });
    expect(c.heard('room-info').at(-1)).toEqual({ eventId, userCount: 3 });
  });

  test('does not count visitors who disconnect during their join', async () => {
    const { eventId } = await service.seedEvent();
    for (let count = 0; count < 20; count++) {
      const { socket } = await connect(count % 2);
      socket.emit('join-event', { eventId });
      socket.disconnect();
    }
    const watcher = await connect();
    await watcher.send('join-event', { eventId });
    await watcher.hears('room-info', { eventId, userCount: 1 });
  });
});

describe('seats', () => {
  const watch = async (eventId: string, instance: number) => {
    const listener = await connect(instance);
    expect(await listener.send('join-seat-selection', { eventId })).toEqual(accepted);
    return listener;
  };

  test('each change of a seat reaches its room on all instances, and no other room', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
    const other = await service.seedEvent({ seats: 1 });
    const [seatId, second] = seatIds as [string, string];
    const watchers = [await watch(eventId, 0), await watch(eventId, 1)];
    const bystander = await watch(other.eventId, 1);
    const [userId, rival] = [randomUUID(), randomUUID()];

    const { body } = await apiOf(service, 1).reserve(eventId, [seatId, second], userId);
    for (const watcher of watchers) {
      await eventually(() => expect(watcher.heard('seat-selected')).toHaveLength(2));
      const both = expect.arrayContaining(
        [seatId, second].map((id) => expect.objectContaining({ eventId, seatId: id, status: 'locked' })),
      );
      expect(watcher.heard('seat-locked')).toEqual(both);
      expect(watcher.heard('seat-selected')).toEqual(both);
    }
    expect((await apiOf(service).reserve(eventId, [seatId], rival)).status).toBe(409);
    expect((await apiOf(service, 0).cancel(body.reservation.id, userId)).status).toBe(200);
    for (const watcher of watchers) {
      await eventually(() => expect(watcher.heard('seat-released')).toHaveLength(2));
      const states = watcher.heard('seat-locked').filter((change) => change.seatId === seatId);
      expect(states.map(({ status }) => status)).toEqual(['locked', 'available']);
      const [locked, available] = states.map(({ version }) => version) as [number, number];
      expect(available).toBeGreaterThan(locked);
      expect(JSON.stringify(watcher.heard('seat-locked'))).not.toContain(userId);
    }

    // The event of the bystander's own room comes after all those that it must not hear.
    await apiOf(service, 1).reserve(other.eventId, other.seatIds, userId);
    await bystander.hears('seat-selected', { eventId: other.eventId });
    expect(bystander.heard('seat-locked').map((change) => change.eventId)).toEqual([other.eventId]);
    expect(bystander.heard('seat-released')).toEqual([]);
  });

  test('the expiry of a hold is announced as available seats', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const [seatId] = seatIds as [string];
    const watcher = await watch(eventId, 1);
    await apiOf(service).reserve(eventId, [seatId]);
    await watcher.hears('seat-selected', { seatId, status: 'locked', eventId });
    await service.db
      .updateTable('reservations')
      .set({ expires_at: new Date() })
      .where('event_id', '=', eventId)
      .execute();
    await watcher.hears('seat-released', { seatId, status: 'available', eventId });
    await watcher.hears('seat-locked', { seatId, status: 'available', eventId });
  });

  test('a selection reaches the others in the room on all instances, and not its sender', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 3 });
    const [sender, near, far] = [await watch(eventId, 0), await watch(eventId, 0), await watch(eventId, 1)];
    expect(await sender.send('seat-selection-changed', { eventId, seats: seatIds })).toEqual(accepted);
    for (const listener of [near, far])
      await listener.hears('seat-update', { userId: sender.userId, seats: seatIds, eventId });
    expect(await near.send('seat-selection-changed', { eventId, seats: [] })).toEqual(accepted);
    await sender.hears('seat-update', { userId: near.userId, seats: [] });
    expect(sender.heard('seat-update').map(({ userId }) => userId)).toEqual([near.userId]);
  });

  test('a client outside a room cannot send into it', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    const watcher = await watch(eventId, 0);
    const outsider = await connect();
    const forged = { eventId, seats: seatIds };
    expect(await outsider.send('seat-selection-changed', forged)).toEqual(refused('FORBIDDEN'));
    await outsider.send('join-seat-selection', { eventId });
    await outsider.send('leave-seat-selection', { eventId });
    expect(await outsider.send('seat-selection-changed', forged)).toEqual(refused('FORBIDDEN'));
    const another = await watch(eventId, 0);
    await another.send('seat-selection-changed', { eventId, seats: [] });
    await watcher.hears('seat-update', { userId: another.userId });
    expect(watcher.heard('seat-update')).toHaveLength(1);
    expect(outsider.heard('seat-update')).toEqual([]);
  });
});

test('a change of stock reaches the visitors of its event on all instances', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const watchers = [await connect(0), await connect(1)];
  for (const watcher of watchers) await watcher.send('join-event', { eventId });
  const userId = randomUUID();
  const { body } = await apiOf(service, 1).buy(eventId, [{ ticketTypeId, quantity: 3 }], userId);
  for (const watcher of watchers) {
    await watcher.hears('ticket-updated', { eventId, ticketTypeId, availableQuantity: 7, totalQuantity: 10 });
  }
  await apiOf(service).cancel(body.reservation.id, userId);
  for (const watcher of watchers) {
    await watcher.hears('ticket-updated', { ticketTypeId, availableQuantity: 10 });
    const versions = watcher.heard('ticket-updated').map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  }
});

test('a client that reconnects has a new session, and joins its rooms again', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
  const [first, second] = seatIds as [string, string];
  const watcher = await connect();
  await watcher.send('join-seat-selection', { eventId });
  await watcher.losesConnection();
  expect(watcher.socket.recovered ?? false).toBe(false);
  await apiOf(service, 1).reserve(eventId, [first]);
  await watcher.send('join-seat-selection', { eventId });
  await apiOf(service, 1).reserve(eventId, [second]);
  await watcher.hears('seat-selected', { seatId: second });
});
