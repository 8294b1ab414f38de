import { describe, expect, test } from 'vitest';
import { useExistingClient } from './existing-client.ts';

const client = useExistingClient();

/** Names and kinds as recorded from the existing service. A list has those of one element. */
type Shape = 'text' | 'number' | 'boolean' | 'any' | [Shape] | { [name: string]: Shape };

/** The fields that an existing client would miss, or find of another kind. Other fields do no harm. */
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

describe('every field that the existing service answers with is there:', () => {
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
    expect(
      missing({ events: [event], pagination }, await client.read('/events?status=on_sale&limit=10')),
    ).toEqual([]);
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
    expect(
      missing({ event, ticketTypes: [ticketType] }, await client.read(`/events/${client.tickets.eventId}`)),
    ).toEqual([]);
  });

  test('ticket types and their stock', async () => {
    expect(
      missing({ ticketTypes: [ticketType] }, await client.read(`/tickets/event/${client.tickets.eventId}`)),
    ).toEqual([]);
    const stock: Shape = { available_quantity: 'number', total_quantity: 'number' };
    expect(
      missing(stock, await client.read(`/tickets/availability/${client.tickets.ticketTypeIds[0]}`)),
    ).toEqual([]);
  });

  test('halls and the seat map', async () => {
    const layout: Shape = {
      id: 'text',
      name: 'text',
      description: 'any',
      total_seats: 'number',
      layout_config: { sections: [section] },
    };
    expect(missing({ layouts: [layout] }, await client.read('/seats/layouts'))).toEqual([]);
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
    expect(missing(map, await client.read(`/seats/events/${client.seated.eventId}`))).toEqual([]);
  });

  test('a hold of seats, its payment page, and the reservation of it', async () => {
    const [first, second] = client.seated.seatIds as [string, string];
    const held = await client.call('POST', '/seats/reserve', {
      body: { eventId: client.seated.eventId, seatIds: [first, second] },
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
    expect(missing({ reservation: paymentPage }, await client.read(`/seats/reservation/${id}`))).toEqual([]);
    const detail: Shape = {
      ...reservationHead,
      payment_method: 'any',
      event_id: 'text',
      address: 'text',
      items: [{ ...item, seatLabel: 'text', section: 'text' }],
    };
    expect(missing({ reservation: detail }, await client.read(`/reservations/${id}`))).toEqual([]);
  });

  test('a reservation of tickets, my reservations, and a cancellation', async () => {
    const items = [{ ticketTypeId: client.tickets.ticketTypeIds[0], quantity: 2 }];
    const made = await client.call('POST', '/reservations', {
      body: { eventId: client.tickets.eventId, items },
    });
    const reservation: Shape = { id: 'text', reservationNumber: 'text', totalAmount: 'number' };
    expect(missing({ message: 'text', reservation }, made.body)).toEqual([]);
    expect(made.body.message).toBe('예매가 완료되었습니다.');
    expect(
      missing(
        { reservations: [{ ...reservationHead, items: [item] }] },
        await client.read('/reservations/my'),
      ),
    ).toEqual([]);
    const cancelled = await client.call('POST', `/reservations/${made.body.reservation.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { message: '예매가 취소되었습니다.' } });
  });

  test('the waiting room', async () => {
    const path = (verb: string) => `/queue/${verb}/${client.tickets.eventId}`;
    const checked = await client.call('POST', path('check'));
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
    expect(missing(status, await client.read(path('status')))).toEqual([]);
    expect((await client.call('POST', path('leave'))).body).toEqual({ message: '대기열에서 나왔습니다.' });
    const bearer = client.service.token({ role: 'admin' });
    const counts: Shape = {
      eventId: 'text',
      queueSize: 'number',
      currentUsers: 'number',
      threshold: 'number',
      available: 'number',
    };
    expect(missing(counts, (await client.call('GET', path('admin'), { bearer })).body)).toEqual([]);
    expect((await client.call('POST', path('admin/clear'), { bearer })).body).toEqual({
      message: '대기열이 초기화되었습니다.',
    });
  });
});
