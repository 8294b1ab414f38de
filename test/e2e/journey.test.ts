import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectInvariants } from '../support/invariants.ts';
import { type Service, startService } from '../support/service.ts';
import { openSockets, type Sockets } from '../support/sockets.ts';

let service: Service;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  sockets = openSockets(service.token);
});
afterAll(async () => {
  expect(sockets.close()).toEqual([]);
  await expectInvariants(service.db);
  await service.stop();
});

/** A person with a browser: plain fetch, to one instance. */
function person(instance: number) {
  const userId = randomUUID();
  const origin = service.origins[instance] as string;
  const token = service.token({ userId });
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  return {
    connect: () => sockets.connect(origin, { userId, token }),
    get: async (path: string) => {
      const { status, body } = await call('GET', path);
      expect(status).toBe(200);
      return body;
    },
    post: (path: string, body?: object) => call('POST', path, body),
  };
}

test('a buyer passes from the list of events to a reservation and back, and everybody sees it', async () => {
  const title = `여정 ${randomUUID()}`;
  const seeded = await service.seedEvent({ title, seats: 20, price: 150_000 });
  const [buyer, other] = [person(0), person(1)];
  const seatsSeenBy = async (who: typeof buyer): Promise<Record<string, string>> => {
    const { seats } = await who.get(`/seats/events/${seeded.eventId}`);
    return Object.fromEntries(seats.map((seat: { id: string; status: string }) => [seat.id, seat.status]));
  };

  const { events } = await buyer.get(`/events?status=on_sale&q=${encodeURIComponent(title)}`);
  expect(events).toEqual([
    expect.objectContaining({ id: seeded.eventId, title, min_price: 150_000, max_price: 150_000 }),
  ]);
  const { event } = await buyer.get(`/events/${events[0].id}`);
  expect(event.seat_layout_id).toEqual(expect.any(String));

  expect(await buyer.post(`/queue/check/${event.id}`)).toEqual({
    status: 200,
    body: {
      queued: false,
      state: 'inside',
      currentUsers: 1,
      threshold: 1_000,
      servedSeq: 0,
      nextPollMs: 30_000,
      keptUntil: expect.any(String),
      pass: expect.any(String),
    },
  });
  expect(await other.post(`/queue/check/${event.id}`)).toMatchObject({
    body: { queued: false, currentUsers: 2 },
  });
  const watching = await other.connect();
  await watching.send('join-seat-selection', { eventId: event.id });
  const seatIds = Object.keys(await seatsSeenBy(buyer)).slice(4, 6);
  const seen = await seatsSeenBy(other);
  expect(Object.keys(seen)).toHaveLength(20);
  expect(new Set(Object.values(seen))).toEqual(new Set(['available']));

  const held = await buyer.post('/seats/reserve', { eventId: event.id, seatIds });
  expect(held.status).toBe(201);
  expect(held.body.reservation).toMatchObject({
    totalAmount: 300_000,
    seats: [{ status: 'locked' }, { status: 'locked' }],
  });
  for (const seatId of seatIds) {
    await expect
      .poll(() => watching.heard('seat-locked'))
      .toContainEqual(expect.objectContaining({ seatId, status: 'locked' }));
  }
  // Who was told and looks again, sees it: on the other instance too.
  const taken = await seatsSeenBy(other);
  expect(seatIds.map((id) => taken[id])).toEqual(['locked', 'locked']);
  const late = await other.post('/seats/reserve', { eventId: event.id, seatIds: seatIds.slice(1) });
  expect(late).toMatchObject({
    status: 409,
    body: { code: 'SEAT_UNAVAILABLE', error: '이미 선택되었거나 판매된 좌석입니다.' },
  });

  const { reservations } = await buyer.get('/reservations/my');
  expect(reservations).toHaveLength(1);
  expect(reservations[0]).toMatchObject({
    id: held.body.reservation.id,
    reservation_number: held.body.reservation.reservationNumber,
    status: 'pending',
    event_title: title,
    total_amount: 300_000,
  });
  expect((await other.get('/reservations/my')).reservations).toEqual([]);

  const cancelled = await buyer.post(`/reservations/${reservations[0].id}/cancel`);
  expect(cancelled).toEqual({
    status: 200,
    body: {
      message: '예매가 취소되었습니다.',
      refund_amount: 0,
      reservation: {
        id: reservations[0].id,
        status: 'cancelled',
        payment_status: 'pending',
        refund_due: false,
        refund_due_amount: 0,
        total_amount: 300_000,
      },
    },
  });
  for (const seatId of seatIds) {
    await expect
      .poll(() => watching.heard('seat-locked'))
      .toContainEqual(expect.objectContaining({ seatId, status: 'available' }));
    await expect
      .poll(() => watching.heard('seat-released'))
      .toContainEqual(expect.objectContaining({ seatId }));
  }
  for (const who of [buyer, other])
    expect(new Set(Object.values(await seatsSeenBy(who)))).toEqual(new Set(['available']));
  expect((await buyer.get(`/reservations/${reservations[0].id}`)).reservation.status).toBe('cancelled');
  expect((await other.post('/seats/reserve', { eventId: event.id, seatIds })).status).toBe(201);
});
