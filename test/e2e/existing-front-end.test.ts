import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/http.ts';
import { dial, openSockets, type Sockets } from '../support/sockets.ts';
import { FRONTEND, useExistingClient } from './existing-client.ts';

const client = useExistingClient();

let sockets: Sockets;
beforeAll(() => {
  sockets = openSockets(client.service.token);
});
afterEach(() => expect(sockets.close()).toEqual([]));

describe('the existing front end', () => {
  test('announces JSON without a body, and sends an empty object', async () => {
    for (const body of [undefined, {}]) {
      const answer = await client.call('POST', `/queue/check/${client.tickets.eventId}`, body && { body });
      expect(answer).toMatchObject({ status: 200, body: { queued: false } });
    }
  });

  test('asks for a thousand events on its admin page, and for all with its filter', async () => {
    const { pagination } = await client.read('/events?limit=1000');
    expect(pagination).toEqual({ page: 1, limit: 1_000, total: 2, totalPages: 1 });
    expect((await client.read('/events?status=all&limit=1000')).events).toHaveLength(2);
  });

  test('asks for each card of a search again, and gets 304 if it is unchanged', async () => {
    const { origin } = client.service;
    const url = `/api/v1/events/${client.tickets.eventId}`;
    const first = await ask(origin, { url });
    const again = await ask(origin, { url, headers: { 'if-none-match': String(first.headers.etag) } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  test('shows `error`, in Korean', async () => {
    expect((await client.call('GET', `/events/${randomUUID()}`)).body.error).toBe(
      '이벤트를 찾을 수 없습니다.',
    );
    const { status, body } = await client.call('GET', `/seats/events/${client.tickets.eventId}`);
    expect({ status, error: body.error }).toEqual({ status: 404, error: expect.stringMatching(/[가-힣]/) });
  });

  test('logs out on 401, the answer to an invalid token', async () => {
    for (const bearer of ['garbage', `${client.service.token()}x`]) {
      const { status, body } = await client.call('GET', '/reservations/my', { bearer });
      expect({ status, error: body.error }).toEqual({ status: 401, error: expect.any(String) });
    }
  });

  test('calls from another origin, with credentials', async () => {
    const { origin } = client.service;
    const preflight = await ask(origin, {
      method: 'OPTIONS',
      url: '/api/v1/seats/reserve',
      headers: {
        origin: FRONTEND,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    const polling = await ask(origin, {
      url: '/socket.io/?EIO=4&transport=polling',
      headers: { origin: FRONTEND },
    });
    expect([preflight.status, polling.status]).toEqual([204, 200]);
    for (const { headers } of [preflight, polling, await client.call('GET', '/events')]) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': FRONTEND,
        'access-control-allow-credentials': 'true',
      });
    }
    const foreign = await ask(origin, {
      url: '/api/v1/events',
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('joins rooms by its old names without acknowledgements, and hears the events that it listens for', async () => {
    await client.call('POST', `/queue/check/${client.tickets.eventId}`);
    const { userId, service } = client;
    const { socket, hears } = await sockets.connect(service.origin, { userId });
    for (const [room, { eventId }] of [
      ['join-event', client.tickets],
      ['join-queue', client.tickets],
      ['join-seat-selection', client.seated],
    ] as const) {
      socket.emit(room, { eventId });
    }
    await hears('room-info', { eventId: client.tickets.eventId, userCount: 1 });
    await hears('queue-entry-allowed', { eventId: client.tickets.eventId, userId });
    const [ticketTypeId, seatId] = [
      client.tickets.ticketTypeIds[1] as string,
      client.seated.seatIds[5] as string,
    ];
    await client.call('POST', '/reservations', {
      body: { eventId: client.tickets.eventId, items: [{ ticketTypeId, quantity: 1 }] },
    });
    await hears('ticket-updated', { ticketTypeId, availableQuantity: 9 });
    const { body } = await client.call('POST', '/seats/reserve', {
      body: { eventId: client.seated.eventId, seatIds: [seatId] },
    });
    await hears('seat-selected', { seatId, status: 'locked' });
    await client.call('POST', `/reservations/${body.reservation.id}/cancel`);
    await hears('seat-released', { seatId, status: 'available' });
    await client.call('POST', `/queue/admin/clear/${client.tickets.eventId}`, {
      bearer: client.service.token({ role: 'admin' }),
    });
    await hears('queue-cleared', { message: '관리자가 대기열을 초기화했습니다.' });
    socket.emit('leave-event', { eventId: client.tickets.eventId });
  });

  test('logs out on a socket error with the word `authentication` in lower case', async () => {
    const socket = dial(client.service.origin, { auth: { token: 'stale' }, reconnection: false });
    const { message } = await new Promise<Error>((resolve) => socket.once('connect_error', resolve));
    socket.disconnect();
    expect(message).toContain('authentication');
  });
});
