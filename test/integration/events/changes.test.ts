import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Service, startService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe('a change', () => {
  const userId = randomUUID();
  let eventId: string;
  let seatIds: string[];
  let ticketTypeIds: string[];

  const get = async (path: string) => (await service.app.inject(`/api/v1/${path}`)).json();
  const post = (path: string, payload?: object) =>
    service.app.inject({
      method: 'POST',
      url: `/api/v1/${path}`,
      headers: service.as(userId),
      ...(payload && { payload }),
    });
  const free = async () =>
    (await get(`seats/events/${eventId}`)).seats.filter(
      (seat: { status: string }) => seat.status === 'available',
    ).length;
  const stock = async () => ({
    event: (await get(`events/${eventId}`)).ticketTypes[0].available_quantity,
    list: (await get(`tickets/event/${eventId}`)).ticketTypes[0].available_quantity,
    type: (await get(`tickets/availability/${ticketTypeIds[0]}`)).available_quantity,
  });

  beforeEach(async () => {
    ({ eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 10, stock: [3] }));
    // Now it is in the memory of every view.
    expect([await free(), await stock()]).toEqual([10, { event: 3, list: 3, type: 3 }]);
  });

  test('of seats is in the seat map at once, and so is its end', async () => {
    const held = await post('seats/reserve', { eventId, seatIds: seatIds.slice(0, 2) });
    expect(await free()).toBe(8);
    await post(`reservations/${held.json().reservation.id}/cancel`);
    expect(await free()).toBe(10);
  });

  test('of stock is in every view at once, and so is its end', async () => {
    const made = await post('reservations', {
      eventId,
      items: [{ ticketTypeId: ticketTypeIds[0], quantity: 3 }],
    });
    expect(await stock()).toEqual({ event: 0, list: 0, type: 0 });
    await post(`reservations/${made.json().reservation.id}/cancel`);
    expect(await stock()).toEqual({ event: 3, list: 3, type: 3 });
  });

  test('of the last ticket shows the event as sold out at once', async () => {
    const all = await service.seedEvent({ stock: [1] });
    const status = async () => (await get(`events/${all.eventId}`)).event.status;
    expect(await status()).toBe('on_sale');
    await post('reservations', {
      eventId: all.eventId,
      items: [{ ticketTypeId: all.ticketTypeIds[0], quantity: 1 }],
    });
    expect(await status()).toBe('sold_out');
  });

  test.each([
    ['event', () => `events/${eventId}`],
    ['seat map', () => `seats/events/${eventId}`],
    ['ticket types', () => `tickets/event/${eventId}`],
  ])('is a new tag for the %s; without one the answer is 304 and empty', async (view, path) => {
    const ask = (tag?: string) =>
      service.app.inject({
        url: `/api/v1/${path()}`,
        headers: tag === undefined ? {} : { 'if-none-match': tag },
      });
    const { etag } = (await ask()).headers;
    const again = await ask(etag);
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    if (view === 'seat map') await post('seats/reserve', { eventId, seatIds: seatIds.slice(0, 1) });
    else await post('reservations', { eventId, items: [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }] });
    const changed = await ask(etag);
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test('of nothing leaves the list its tag, by which it is 304', async () => {
    const first = await service.app.inject('/api/v1/events');
    const headers = { 'if-none-match': first.headers.etag };
    expect((await service.app.inject({ url: '/api/v1/events', headers })).statusCode).toBe(304);
  });
});
