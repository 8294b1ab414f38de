import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sellerOf } from '../../../support/seller.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

let service: Service;
let seller: ReturnType<typeof sellerOf>;

beforeAll(async () => {
  service = await startService();
  seller = sellerOf(service);
});
afterAll(() => service.stop());

test('a reservation is found by everything that a buyer can tell', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 20, stock: [20, 5], price: 30_000 });
  const [buyer, other] = [randomUUID(), randomUUID()];
  const held = await seller.hold(eventId, seatIds.slice(0, 2), buyer);
  const paid = await seller.hold(eventId, seatIds.slice(2, 3), other);
  const paymentId = await seller.pay(paid.id, 30_000);
  const bought = await seller.buy(eventId, ticketTypeIds[1] as string, 2, buyer);
  const gone = await seller.hold(eventId, seatIds.slice(5, 6), other);
  await seller.cancel(gone.id, other);
  const late = await seller.hold(eventId, seatIds.slice(6, 7), other);
  await sql`UPDATE reservations SET expires_at = now() - interval '1 hour', created_at = now() - interval '2 hours'
    WHERE id = ${late.id}`.execute(service.db);

  const ids = async (query: Record<string, string>) => {
    const { status, body } = await seller.get(
      `/events/${eventId}/reservations?${new URLSearchParams(query)}`,
    );
    expect(status, JSON.stringify(body)).toBe(200);
    return body.reservations.map(({ id }: { id: string }) => id);
  };
  const all = [gone.id, bought, paid.id, held.id, late.id];
  expect(await ids({})).toEqual(all);
  expect(await ids({ number: held.reservationNumber.toLowerCase() })).toEqual([held.id]);
  expect(await ids({ user_id: buyer })).toEqual([bought, held.id]);
  expect(await ids({ status: 'confirmed' })).toEqual([paid.id]);
  expect(await ids({ status: 'cancelled' })).toEqual([gone.id]);
  expect(await ids({ status: 'expired' })).toEqual([late.id]);
  expect(await ids({ seat: 'A-1-2' })).toEqual([held.id]);
  expect(await ids({ seat: seatIds[5] as string })).toEqual([gone.id]);
  expect(await ids({ ticket_type_id: ticketTypeIds[1] as string })).toEqual([bought]);
  expect(await ids({ payment_id: paymentId })).toEqual([paid.id]);
  expect(await ids({ refund_due: 'true' })).toEqual([]);
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  expect(await ids({ to: hourAgo })).toEqual([late.id]);
  expect(await ids({ from: hourAgo, user_id: other })).toEqual([gone.id, paid.id]);
});

test('who has a seat now is told, beside those who had it before', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, price: 30_000 });
  const [seat, next] = seatIds as [string, string];
  const [first, second] = [randomUUID(), randomUUID()];
  const before = await seller.hold(eventId, [seat, next], first);
  await seller.cancel(before.id, first, { items: [{ seatId: seat }] });
  const now = await seller.hold(eventId, [seat], second);
  await seller.pay(now.id, 30_000);

  const { body } = await seller.get(`/events/${eventId}/reservations?seat=${seat}`);
  type Item = { seat_id: string; released_at: string | null };
  const found = body.reservations.map(({ id, user_id, status, items }: Record<string, unknown>) => ({
    id,
    user_id,
    status,
    has: (items as Item[]).some(({ seat_id, released_at }) => seat_id === seat && released_at === null),
  }));
  expect(found).toEqual([
    { id: now.id, user_id: second, status: 'confirmed', has: true },
    { id: before.id, user_id: first, status: 'pending', has: false },
  ]);
});

test('a number of the older, longer form is found across events', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, stock: [20, 5], price: 30_000 });
  const { id } = await seller.hold(eventId, seatIds.slice(0, 1));
  await sql`ALTER TABLE reservations DROP CONSTRAINT reservations_reservation_number_check`.execute(
    service.db,
  );
  await sql`UPDATE reservations SET reservation_number = 'TK1717171717171AB3DE' WHERE id = ${id}`.execute(
    service.db,
  );
  const find = async (userId: string, role: 'organizer' | 'admin') =>
    (await seller.get('/reservations?number=tk1717171717171ab3de', userId, role)).body.reservations.map(
      (found: { id: string }) => found.id,
    );
  expect(await find(randomUUID(), 'admin')).toEqual([id]);
  expect(await find(seller.organizer, 'organizer')).toEqual([id]);
  expect(await find(randomUUID(), 'organizer')).toEqual([]);
});

test('pages show each reservation once, also if others are made meanwhile', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, stock: [20, 5], price: 30_000 });
  const made: string[] = [];
  for (const seatId of seatIds.slice(0, 5)) made.unshift((await seller.hold(eventId, [seatId])).id);
  const found: string[] = [];
  let cursor = '';
  do {
    const { body } = await seller.get(
      `/events/${eventId}/reservations?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    found.push(...body.reservations.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor ?? '';
    await seller.hold(eventId, [seatIds[10 + found.length] as string]);
  } while (cursor !== '');
  expect(found).toEqual(made);
});

test('the history of a reservation tells each step', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, stock: [20, 5], price: 30_000 });
  const buyer = randomUUID();
  const { id } = await seller.hold(eventId, seatIds.slice(0, 2), buyer);
  await service.app.inject({
    method: 'POST',
    url: `/api/v1/reservations/${id}/extend`,
    headers: service.as(buyer),
  });
  await seller.pay(id, 60_000);
  await seller.cancel(id, buyer);
  const { status, body } = await seller.get(`/reservations/${id}`);
  expect(status, JSON.stringify(body)).toBe(200);
  const steps = body.reservation.history.map(
    ({ action, actor_id, amount, items }: Record<string, unknown>) => [action, actor_id, amount, items],
  );
  expect(steps).toEqual([
    ['reservation.held', buyer, 60_000, null],
    ['reservation.extended', buyer, null, null],
    ['reservation.paid', null, 60_000, null],
    ['reservation.confirmed', null, 60_000, null],
    ['reservation.cancelled', buyer, 60_000, [1, 2]],
    ['reservation.refund_due', null, 60_000, null],
  ]);
  expect(body.reservation).toMatchObject({ status: 'cancelled', refund_due: true });
});

test('an organizer cancels a part and the rest for a buyer, with a reason', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, price: 30_000 });
  const buyer = randomUUID();
  const { id } = await seller.hold(eventId, seatIds.slice(0, 3), buyer);
  await seller.pay(id, 90_000);
  // The event has begun: a buyer could not cancel any more.
  await sql`UPDATE events SET sale_end_date = now() - interval '1 hour', event_date = now() - interval '1 minute'
    WHERE id = ${eventId}`.execute(service.db);
  const path = `/reservations/${id}/cancel`;
  const part = await seller.post(path, { reason: '한 분 불참', items: [{ seatId: seatIds[1] }] });
  expect(part.body).toMatchObject({ refund_amount: 30_000, reservation: { total_amount: 60_000 } });
  const rest = await seller.post(path, { reason: '환불 요청' }, randomUUID(), 'admin');
  expect(rest.body).toMatchObject({ refund_amount: 60_000, reservation: { status: 'cancelled' } });
  const again = await seller.post(path, { reason: '환불 요청' });
  expect([again.status, again.body.code]).toEqual([409, 'RESERVATION_NOT_CANCELLABLE']);

  const { reservation } = (await seller.get(`/reservations/${id}`)).body;
  const ends = reservation.history
    .filter(({ items }: { items: unknown }) => items !== null)
    .map(({ action, actor_role, reason, amount, items }: Record<string, unknown>) => [
      action,
      actor_role,
      reason,
      amount,
      items,
    ]);
  expect(ends).toEqual([
    ['reservation.partly_cancelled', 'organizer', '한 분 불참', 30_000, [2]],
    ['reservation.cancelled', 'admin', '환불 요청', 60_000, [1, 3]],
  ]);
  expect(reservation.refund_due_amount).toBe(90_000);
  // The hall in memory knows it, from which every client is told.
  const map = await service.app.inject(`/api/v1/seats/events/${eventId}`);
  const taken = map.json().seats.filter(({ status }: { status: string }) => status !== 'available');
  expect(taken).toEqual([]);
});

test('the history tells of tickets that were cancelled while others of their type stay', async () => {
  const { eventId, ticketTypeIds } = await seller.seed({ stock: [20], price: 30_000 });
  const [ticketTypeId] = ticketTypeIds as [string];
  const tickets = await seller.buy(eventId, ticketTypeId, 4);
  const items = [{ ticketTypeId, quantity: 1 }];
  await seller.post(`/reservations/${tickets}/cancel`, { reason: '한 장 취소', items });
  const { history } = (await seller.get(`/reservations/${tickets}`)).body.reservation;
  expect(history.at(-1)).toMatchObject({ action: 'reservation.partly_cancelled', reason: '한 장 취소' });
});

test('the history tells that a reservation ended with its event, and why', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 10, price: 30_000 });
  const { id } = await seller.hold(eventId, seatIds.slice(0, 1));
  await seller.pay(id, 30_000);
  const answer = await seller.post(`/events/${eventId}/cancel`, { reason: '우천 취소' });
  expect(answer.status, answer.text).toBeLessThan(300);
  await eventually(async () => {
    const { history } = (await seller.get(`/reservations/${id}`)).body.reservation;
    const end = history.find(({ action }: { action: string }) => action === 'reservation.cancelled');
    expect(end).toMatchObject({ actor_role: 'system', reason: '우천 취소' });
  });
});

test('a reservation is shown to the organizer of its event alone', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20, stock: [20, 5], price: 30_000 });
  const { id } = await seller.hold(eventId, seatIds.slice(0, 1));
  const cancel = `/reservations/${id}/cancel`;
  expect((await seller.post(cancel, { reason: '장난' }, randomUUID())).status).toBe(403);
  for (const path of [`/events/${eventId}/reservations`, `/reservations/${id}`]) {
    expect((await seller.get(path, randomUUID())).status).toBe(403);
    expect((await seller.get(path, randomUUID(), 'user')).status).toBe(403);
    expect((await seller.get(path, randomUUID(), 'admin')).status).toBe(200);
  }
  expect((await seller.get(`/reservations/${randomUUID()}`)).body.code).toBe('RESERVATION_NOT_FOUND');
  expect((await seller.get(`/events/${randomUUID()}/reservations`)).body.code).toBe('EVENT_NOT_FOUND');
});
