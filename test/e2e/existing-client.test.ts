import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { dial, openSockets, type Sockets } from '../support/sockets.ts';

/** Where the front end is served from, as FRONTEND_URL has it by default. */
const FRONTEND = 'http://localhost:3000';

let service: Service;
let sockets: Sockets;
const userId = randomUUID();
let token: string;
let tickets: Awaited<ReturnType<Service['seedEvent']>>;
let seated: Awaited<ReturnType<Service['seedEvent']>>;

beforeAll(async () => {
  service = await startService();
  sockets = openSockets(service.token);
  token = service.token({ userId });
  tickets = await service.seedEvent({ stock: [10, 10, 10, 10], artist: '가수' });
  seated = await service.seedEvent({ seats: 10 });
  const texts = { description: '설명', address: '서울특별시', poster_image_url: '/images/concert1.jpg' };
  await service.db.updateTable('events').set(texts).execute();
});
afterAll(async () => {
  expect(sockets.close()).toEqual([]);
  await service.stop();
});

/** As axios does in that front end: JSON is announced on every call, also where there is no body. */
async function call(
  method: string,
  path: string,
  { body, bearer = token }: { body?: object; bearer?: string } = {},
) {
  const response = await fetch(`${service.origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', origin: FRONTEND },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

const read = async (path: string) => {
  const { status, body } = await call('GET', path);
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
};

/** Names and kinds as recorded from the existing service; of a list, those of one element. */
type Shape = 'text' | 'number' | 'boolean' | 'any' | [Shape] | { [name: string]: Shape };

/** What existing clients would miss, or find of another kind. What is there beside is no harm to them. */
function missing(shape: Shape, value: unknown, path = ''): string[] {
  if (shape === 'any') return value === undefined ? [path] : [];
  if (typeof shape === 'string')
    return typeof value === (shape === 'text' ? 'string' : shape) ? [] : [`${path}: ${shape}`];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value) || value.length === 0) return [`${path}: a list`];
    return value.flatMap((element, index) => missing(shape[0], element, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${path}: an object`];
  return Object.entries(shape).flatMap(([name, inner]) =>
    missing(inner, (value as Record<string, unknown>)[name], `${path}.${name}`),
  );
}

const ticketType: Shape = {
  id: 'text',
  name: 'text',
  price: 'number',
  total_quantity: 'number',
  available_quantity: 'number',
  description: 'any',
};
const section: Shape = {
  name: 'text',
  rows: 'number',
  price: 'number',
  startRow: 'number',
  seatsPerRow: 'number',
};
const reservationHead: Shape = {
  id: 'text',
  reservation_number: 'text',
  total_amount: 'number',
  status: 'text',
  payment_status: 'text',
  created_at: 'text',
  event_title: 'text',
  venue: 'text',
  event_date: 'text',
};
const anyEvent: Shape = {
  id: 'text',
  title: 'text',
  description: 'text',
  venue: 'text',
  address: 'text',
  event_date: 'text',
  sale_start_date: 'text',
  sale_end_date: 'text',
  poster_image_url: 'text',
  status: 'text',
};
const item: Shape = { ticketTypeName: 'text', quantity: 'number', unitPrice: 'number', subtotal: 'number' };

describe('every field that the existing service answers with', () => {
  test('the list of events', async () => {
    const event: Shape = {
      ...anyEvent,
      artist_name: 'any',
      // Recorded as a text; the service's own document has a number.
      ticket_type_count: 'number',
      min_price: 'number',
      max_price: 'number',
    };
    const pagination: Shape = { page: 'number', limit: 'number', total: 'number', totalPages: 'number' };
    expect(missing({ events: [event], pagination }, await read('/events?status=on_sale&limit=10'))).toEqual(
      [],
    );
  });

  test('one event', async () => {
    const event: Shape = {
      ...anyEvent,
      seat_layout_id: 'any',
      artist_name: 'text',
      pre_scaled: 'boolean',
      created_by: 'any',
      created_at: 'text',
      updated_at: 'text',
    };
    expect(missing({ event, ticketTypes: [ticketType] }, await read(`/events/${tickets.eventId}`))).toEqual(
      [],
    );
  });

  test('ticket types and their stock', async () => {
    expect(missing({ ticketTypes: [ticketType] }, await read(`/tickets/event/${tickets.eventId}`))).toEqual(
      [],
    );
    const stock: Shape = { available_quantity: 'number', total_quantity: 'number' };
    expect(missing(stock, await read(`/tickets/availability/${tickets.ticketTypeIds[0]}`))).toEqual([]);
  });

  test('halls and the seat map', async () => {
    const layout: Shape = {
      id: 'text',
      name: 'text',
      description: 'any',
      total_seats: 'number',
      layout_config: { sections: [section] },
    };
    expect(missing({ layouts: [layout] }, await read('/seats/layouts'))).toEqual([]);
    const map: Shape = {
      event: { id: 'text', title: 'text' },
      // `rows` and `cols` are in the document of the service, `sections` in what it answers.
      layout: { rows: 'number', cols: 'number', sections: [section] },
      seats: [
        {
          id: 'text',
          section: 'text',
          row_number: 'number',
          seat_number: 'number',
          seat_label: 'text',
          price: 'number',
          status: 'text',
        },
      ],
    };
    expect(missing(map, await read(`/seats/events/${seated.eventId}`))).toEqual([]);
  });

  test('a hold of seats, its payment page, and the reservation of it', async () => {
    const [first, second] = seated.seatIds as [string, string];
    const held = await call('POST', '/seats/reserve', {
      body: { eventId: seated.eventId, seatIds: [first, second] },
    });
    const seat: Shape = { id: 'text', seat_label: 'text', price: 'number', status: 'text' };
    const reservation: Shape = {
      id: 'text',
      reservationNumber: 'text',
      totalAmount: 'number',
      expiresAt: 'text',
      seats: [seat],
    };
    expect(missing({ message: 'text', reservation }, held.body)).toEqual([]);
    expect(held.body.message).toBe('좌석이 선택되었습니다.');

    const { id } = held.body.reservation;
    const paymentPage: Shape = {
      ...reservationHead,
      payment_method: 'any',
      expires_at: 'text',
      isExpired: 'boolean',
      event_id: 'text',
      seats: [
        {
          seatId: 'text',
          seatLabel: 'text',
          section: 'text',
          rowNumber: 'number',
          seatNumber: 'number',
          price: 'number',
        },
      ],
    };
    expect(missing({ reservation: paymentPage }, await read(`/seats/reservation/${id}`))).toEqual([]);
    const detail: Shape = {
      ...reservationHead,
      payment_method: 'any',
      event_id: 'text',
      address: 'text',
      items: [{ ...item, seatLabel: 'text', section: 'text' }],
    };
    expect(missing({ reservation: detail }, await read(`/reservations/${id}`))).toEqual([]);
  });

  test('a reservation of tickets, my reservations, and a cancellation', async () => {
    const items = [{ ticketTypeId: tickets.ticketTypeIds[0], quantity: 2 }];
    const made = await call('POST', '/reservations', { body: { eventId: tickets.eventId, items } });
    const reservation: Shape = { id: 'text', reservationNumber: 'text', totalAmount: 'number' };
    expect(missing({ message: 'text', reservation }, made.body)).toEqual([]);
    expect(made.body.message).toBe('예매가 완료되었습니다.');
    expect(
      missing({ reservations: [{ ...reservationHead, items: [item] }] }, await read('/reservations/my')),
    ).toEqual([]);
    const cancelled = await call('POST', `/reservations/${made.body.reservation.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { message: '예매가 취소되었습니다.' } });
  });

  test('the waiting room', async () => {
    const path = (verb: string) => `/queue/${verb}/${tickets.eventId}`;
    const checked = await call('POST', path('check'));
    expect(missing({ queued: 'boolean', currentUsers: 'number', threshold: 'number' }, checked.body)).toEqual(
      [],
    );
    const status: Shape = {
      queued: 'boolean',
      position: 'number',
      queueSize: 'number',
      estimatedWait: 'number',
      currentUsers: 'number',
      threshold: 'number',
    };
    expect(missing(status, await read(path('status')))).toEqual([]);
    expect((await call('POST', path('leave'))).body).toEqual({ message: '대기열에서 나왔습니다.' });
    const bearer = service.token({ role: 'admin' });
    const counts: Shape = {
      eventId: 'text',
      queueSize: 'number',
      currentUsers: 'number',
      threshold: 'number',
      available: 'number',
    };
    expect(missing(counts, (await call('GET', path('admin'), { bearer })).body)).toEqual([]);
    expect((await call('POST', path('admin/clear'), { bearer })).body).toEqual({
      message: '대기열이 초기화되었습니다.',
    });
  });
});

describe('what the existing front end does', () => {
  test('it announces JSON without sending any, and sends an empty object', async () => {
    for (const body of [undefined, {}]) {
      const answer = await call('POST', `/queue/check/${tickets.eventId}`, body && { body });
      expect(answer).toMatchObject({ status: 200, body: { queued: false } });
    }
  });

  test('its admin page asks for a thousand events, and its filter for all', async () => {
    const { pagination } = await read('/events?limit=1000');
    expect(pagination).toEqual({ page: 1, limit: 1_000, total: 2, totalPages: 1 });
    expect((await read('/events?status=all&limit=1000')).events).toHaveLength(2);
  });

  test('its search page asks for each card again, and gets a 304 where nothing changed', async () => {
    const url = `${service.origin}/api/v1/events/${tickets.eventId}`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') as string;
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('it shows `error`, in Korean', async () => {
    expect((await call('GET', `/events/${randomUUID()}`)).body.error).toBe('이벤트를 찾을 수 없습니다.');
    const { status, body } = await call('GET', `/seats/events/${tickets.eventId}`);
    expect({ status, error: body.error }).toEqual({ status: 404, error: expect.stringMatching(/[가-힣]/) });
  });

  test('it logs out on 401, which a token that is no good is answered with', async () => {
    for (const bearer of ['garbage', `${token}x`]) {
      const { status, body } = await call('GET', '/reservations/my', { bearer });
      expect({ status, error: body.error }).toEqual({ status: 401, error: expect.any(String) });
    }
  });

  test('it calls from another origin, with credentials', async () => {
    const preflight = await fetch(`${service.origin}/api/v1/seats/reserve`, {
      method: 'OPTIONS',
      headers: {
        origin: FRONTEND,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    const polling = await fetch(`${service.origin}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin: FRONTEND },
    });
    expect([preflight.ok, polling.ok]).toEqual([true, true]);
    for (const { headers } of [preflight, polling, await call('GET', '/events')]) {
      expect(headers.get('access-control-allow-origin')).toBe(FRONTEND);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
    }
    const foreign = await fetch(`${service.origin}/api/v1/events`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(foreign.headers.get('access-control-allow-origin')).not.toBe('https://elsewhere.example');
    expect(foreign.headers.get('access-control-allow-origin')).not.toBe('*');
  });

  test('its socket joins by the names of old, without acknowledgements, and hears what it listens for', async () => {
    await call('POST', `/queue/check/${tickets.eventId}`);
    const { socket, hears } = await sockets.connect(service.origin, { userId });
    for (const [room, { eventId }] of [
      ['join-event', tickets],
      ['join-queue', tickets],
      ['join-seat-selection', seated],
    ] as const) {
      socket.emit(room, { eventId });
    }
    await hears('room-info', { eventId: tickets.eventId, userCount: 1 });
    await hears('queue-entry-allowed', { eventId: tickets.eventId, userId });
    const [ticketTypeId, seatId] = [tickets.ticketTypeIds[1] as string, seated.seatIds[5] as string];
    await call('POST', '/reservations', {
      body: { eventId: tickets.eventId, items: [{ ticketTypeId, quantity: 1 }] },
    });
    await hears('ticket-updated', { ticketTypeId, availableQuantity: 9 });
    const { body } = await call('POST', '/seats/reserve', {
      body: { eventId: seated.eventId, seatIds: [seatId] },
    });
    await hears('seat-selected', { seatId, status: 'locked' });
    await call('POST', `/reservations/${body.reservation.id}/cancel`);
    await hears('seat-released', { seatId, status: 'available' });
    await call('POST', `/queue/admin/clear/${tickets.eventId}`, { bearer: service.token({ role: 'admin' }) });
    await hears('queue-cleared', { message: '관리자가 대기열을 초기화했습니다.' });
    socket.emit('leave-event', { eventId: tickets.eventId });
  });

  test('its socket looks for the word `authentication`, in lower case, to log out', async () => {
    const socket = dial(service.origin, { auth: { token: 'stale' }, reconnection: false });
    const { message } = await new Promise<Error>((resolve) => socket.once('connect_error', resolve));
    socket.disconnect();
    expect(message).toContain('authentication');
  });
});
