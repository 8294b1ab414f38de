import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService();
  api = apiOf(service);
});
afterAll(() => service.stop());

describe('a change', () => {
  const userId = randomUUID();
  let eventId: string;
  let seatIds: string[];
  let ticketTypeIds: string[];

  const get = async (path: string) => (await api.get(path)).body;
  const buy = (quantity: number) => api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity }], userId);
  const free = async () =>
    (await get(`/seats/events/${eventId}`)).seats.filter(
      (seat: { status: string }) => seat.status === 'available',
    ).length;
  const stock = async () => ({
    event: (await get(`/events/${eventId}`)).ticketTypes[0].available_quantity,
    list: (await get(`/tickets/event/${eventId}`)).ticketTypes[0].available_quantity,
    type: (await get(`/tickets/availability/${ticketTypeIds[0]}`)).available_quantity,
  });

  beforeEach(async () => {
    ({ eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 10, stock: [3] }));
    // Every view is cached from here on.
    expect([await free(), await stock()]).toEqual([10, { event: 3, list: 3, type: 3 }]);
  });

  test('of seats is in the seat map at once, and so is its end', async () => {
    const held = await api.reserve(eventId, seatIds.slice(0, 2), userId);
    expect(await free()).toBe(8);
    await api.cancel(held.body.reservation.id, userId);
    expect(await free()).toBe(10);
  });

  test('of stock is in every view at once, and so is its end', async () => {
    const made = await buy(3);
    expect(await stock()).toEqual({ event: 0, list: 0, type: 0 });
    await api.cancel(made.body.reservation.id, userId);
    expect(await stock()).toEqual({ event: 3, list: 3, type: 3 });
  });

  test('of stock or seats raises the version of the ticket types by one', async () => {
    const version = async () => (await get(`/tickets/event/${eventId}`)).version;
    const before = await version();
    await buy(1);
    expect(await version()).toBe(before + 1);
    await api.reserve(eventId, seatIds.slice(0, 2), userId);
    expect(await version()).toBe(before + 2);
  });

  test('of the last ticket shows the event as sold out at once', async () => {
    const all = await service.seedEvent({ stock: [1] });
    const status = async () => (await get(`/events/${all.eventId}`)).event.status;
    expect(await status()).toBe('on_sale');
    await api.buy(all.eventId, [{ ticketTypeId: all.ticketTypeIds[0], quantity: 1 }]);
    expect(await status()).toBe('sold_out');
  });

  test.each([
    ['event', () => `/events/${eventId}`],
    ['seat map', () => `/seats/events/${eventId}`],
    ['ticket types', () => `/tickets/event/${eventId}`],
  ])('gives the %s a new tag; without a change the answer is 304 and empty', async (view, path) => {
    const ask = (tag?: string) => api.get(path(), tag === undefined ? {} : { 'if-none-match': tag });
    const etag = String((await ask()).headers.etag);
    const again = await ask(etag);
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    if (view === 'seat map') await api.reserve(eventId, seatIds.slice(0, 1), userId);
    else await buy(1);
    const changed = await ask(etag);
    expect(changed.status).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  test('leaves an unchanged list its tag, and the answer is 304', async () => {
    const { etag } = (await api.get('/events')).headers;
    expect((await api.get('/events', { 'if-none-match': String(etag) })).status).toBe(304);
  });
});
