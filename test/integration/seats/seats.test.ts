import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterAll(async () => {
  await expectInvariants(service.db);
  await service.stop();
});

const statuses = async (eventId: string) => {
  const { body } = await api.get(`/seats/events/${eventId}`);
  return new Map<string, string>(
    body.seats.map((seat: { id: string; status: string }) => [seat.id, seat.status]),
  );
};

test('seats are held for the user who asked for five minutes', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 20, price: 70_000 });
  const userId = randomUUID();
  const { status, body } = await api.reserve(eventId, seatIds.slice(0, 2), userId);
  expect(status).toBe(201);
  const { message, reservation } = body;
  expect(message).toBe('좌석이 선택되었습니다.');
  expect(reservation.reservationNumber).toMatch(/^TK[0-9A-Z]{12}$/);
  expect(reservation.totalAmount).toBe(140_000);
  expect(reservation.seats.map((seat: { status: string }) => seat.status)).toEqual(['locked', 'locked']);
  const secondsLeft = (Date.parse(reservation.expiresAt) - Date.now()) / 1_000;
  expect(secondsLeft).toBeGreaterThan(290);
  expect(secondsLeft).toBeLessThanOrEqual(300);

  const own = await api.get(`/seats/reservation/${reservation.id}`, userId);
  expect(own.body.reservation).toMatchObject({ id: reservation.id, isExpired: false, total_amount: 140_000 });
  expect(own.body.reservation.seats.map((seat: { seatId: string }) => seat.seatId).sort()).toEqual(
    seatIds.slice(0, 2).sort(),
  );
});

test('the seat map shows a change as soon as it was answered', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 10 });
  const [first] = seatIds as [string];
  expect((await statuses(eventId)).get(first)).toBe('available');
  const userId = randomUUID();
  const { body } = await api.reserve(eventId, [first], userId);
  expect((await statuses(eventId)).get(first)).toBe('locked');
  expect((await api.cancel(body.reservation.id, userId)).status).toBe(200);
  expect((await statuses(eventId)).get(first)).toBe('available');
});

test('a request holds all of its seats or none', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 10 });
  const [a, b, c] = seatIds as [string, string, string];
  expect((await api.reserve(eventId, [b])).status).toBe(201);
  const refused = await api.reserve(eventId, [a, b, c]);
  expect(tally([refused])).toEqual({ '409 SEAT_UNAVAILABLE': 1 });
  const map = await statuses(eventId);
  expect([map.get(a), map.get(b), map.get(c)]).toEqual(['available', 'locked', 'available']);
});

test('200 users at once hold each of 20 seats once, and the others are refused', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 20 });
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      // Each seat is asked for on both instances.
      apiOf(service, Math.floor(index / 20) % 2).reserve(eventId, [seatIds[index % 20] as string]),
    ),
  );
  expect(tally(answers)).toEqual({ 201: 20, '409 SEAT_UNAVAILABLE': 180 });
  const sold = answers.filter(({ status }) => status === 201);
  const soldSeats = sold.map(({ body }) => body.reservation.seats[0].id);
  expect(new Set(soldSeats).size).toBe(20);
});

test('overlapping requests for several seats never deadlock and never share a seat', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 12 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const picks = [0, 3, 7].map((offset) => seatIds[(index * 5 + offset) % 12] as string);
      return apiOf(service, index % 2).reserve(eventId, index % 3 === 0 ? picks.reverse() : picks);
    }),
  );
  expect(Object.keys(tally(answers)).sort()).toEqual(['201', '409 SEAT_UNAVAILABLE']);
  const held = answers.filter(({ status }) => status === 201).flatMap(({ body }) => body.reservation.seats);
  expect(new Set(held.map((seat: { id: string }) => seat.id)).size).toBe(held.length);
});

test('the schema refuses a second live claim on a seat', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const [seatId] = seatIds as [string];
  const { body } = await api.reserve(eventId, [seatId]);
  const second = service.db
    .insertInto('reservation_items')
    .values({
      reservation_id: body.reservation.id,
      seat_id: seatId,
      ticket_type_id: null,
      quantity: 1,
      unit_price: 1,
    })
    .execute();
  await expect(second).rejects.toThrow(/one_live_claim_per_seat/);
});

test('requests at once do not take a user beyond the limit of seats', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 30 });
  const userId = randomUUID();
  const answers = await Promise.all(
    seatIds.slice(0, 12).map((seatId, index) => apiOf(service, index % 2).reserve(eventId, [seatId], userId)),
  );
  expect(tally(answers)).toEqual({ 201: 4, '422 TOO_MANY_SEATS': 8 });
  const five = await api.reserve(eventId, seatIds.slice(20, 25));
  expect(tally([five])).toEqual({ '422 TOO_MANY_SEATS': 1 });
});

test('a seat of another event is refused, and no seat is held', async () => {
  const mine = await service.seedEvent({ seats: 2 });
  const other = await service.seedEvent({ seats: 2 });
  const refused = await api.reserve(mine.eventId, [mine.seatIds[0] as string, other.seatIds[0] as string]);
  expect(tally([refused])).toEqual({ '404 SEAT_NOT_FOUND': 1 });
  expect([...(await statuses(mine.eventId)).values()]).toEqual(['available', 'available']);
});

test('an expired hold does not block its seats before any sweep', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 4 });
  const first = randomUUID();
  const held = await api.reserve(eventId, seatIds.slice(0, 3), first);
  await service.db
    .updateTable('reservations')
    .set({ expires_at: sql`now()` })
    .where('event_id', '=', eventId)
    .execute();

  const late = await api.get(`/seats/reservation/${held.body.reservation.id}`, first);
  expect(late.body.reservation).toMatchObject({ isExpired: true, status: 'expired' });
  expect((await api.reserve(eventId, seatIds.slice(1, 4))).status).toBe(201);
  expect(tally([await api.cancel(held.body.reservation.id, first)])).toEqual({
    '410 RESERVATION_EXPIRED': 1,
  });
});
