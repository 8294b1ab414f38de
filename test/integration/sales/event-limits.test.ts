import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { hold } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';

/** The limits of the service are its defaults: 4 seats, 8 tickets, 300 s, and 180 s more. */
const OWN = {
  max_seats_per_reservation: 6,
  max_seats_per_user: 7,
  max_tickets_per_reservation: 10,
  max_tickets_per_user: 12,
  hold_seconds: 60,
  extend_seconds: 30,
};
const SERVICE = {
  max_seats_per_reservation: 4,
  max_seats_per_user: 4,
  max_tickets_per_reservation: 8,
  max_tickets_per_user: 8,
  hold_seconds: 300,
  extend_seconds: 180,
};

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  api = apiOf(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

async function eventWith(limits: Partial<typeof OWN>, seed: Parameters<Service['seedEvent']>[0]) {
  const seeded = await service.seedEvent(seed);
  await service.db.updateTable('events').set(limits).where('id', '=', seeded.eventId).execute();
  return seeded;
}

test('an event may allow more seats than the service does, and fewer', async () => {
  const user = randomUUID();
  const { eventId, seatIds } = await eventWith(OWN, { seats: 20 });
  expect(
    tally([
      await api.reserve(eventId, seatIds.slice(0, 7), user),
      await api.reserve(eventId, seatIds.slice(0, 6), user),
      await api.reserve(eventId, seatIds.slice(6, 8), user),
      await api.reserve(eventId, seatIds.slice(6, 7), user),
    ]),
  ).toEqual({ '201': 2, '422 TOO_MANY_SEATS': 2 });

  const strict = await eventWith({ max_seats_per_reservation: 1, max_seats_per_user: 2 }, { seats: 3 });
  const other = randomUUID();
  expect(
    tally([
      await api.reserve(strict.eventId, strict.seatIds.slice(0, 2), other),
      await api.reserve(strict.eventId, strict.seatIds.slice(0, 1), other),
      await api.best({ eventId: strict.eventId, quantity: 2 }, other),
      await api.best({ eventId: strict.eventId, quantity: 1 }, other),
      await api.best({ eventId: strict.eventId, quantity: 1 }, other),
    ]),
  ).toEqual({ '201': 2, '422 TOO_MANY_SEATS': 3 });
});

test('best available seats follow the limits of the event, and so do tickets', async () => {
  const { eventId, ticketTypeIds } = await eventWith(OWN, { seats: 20, stock: [50] });
  const user = randomUUID();
  const items = (quantity: number) => [{ ticketTypeId: ticketTypeIds[0], quantity }];
  expect(
    tally([
      await api.best({ eventId, quantity: 7 }, user),
      await api.best({ eventId, quantity: 6 }, user),
      await api.best({ eventId, quantity: 2 }, user),
      await api.buy(eventId, items(11), user),
      await api.buy(eventId, items(10), user),
      await api.buy(eventId, items(3), user),
    ]),
  ).toEqual({ '201': 2, '422 TOO_MANY_SEATS': 2, '422 TOO_MANY_TICKETS': 2 });
});

test('a hold lasts as long as its event says, and its extension as well', async () => {
  const { eventId, seatIds } = await eventWith(OWN, { seats: 2 });
  const user = randomUUID();
  const asked = Date.now();
  const { id, expiresAt } = (await api.reserve(eventId, seatIds, user)).body.reservation;
  expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(asked + 60_000);
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
  expect((await api.get(`/reservations/${id}`, user)).body.reservation.expires_at).toBe(expiresAt);
  const extended = await api.post(`/reservations/${id}/extend`, user);
  expect(Date.parse(extended.body.reservation.expiresAt) - Date.parse(expiresAt)).toBe(30_000);
});

test('an event without extensions gives no hold more time', async () => {
  const { eventId, seatIds } = await eventWith({ extend_seconds: 0 }, { seats: 1 });
  const user = randomUUID();
  const { id } = (await api.reserve(eventId, seatIds, user)).body.reservation;
  expect(tally([await api.post(`/reservations/${id}/extend`, user)])).toEqual({
    '409 RESERVATION_NOT_EXTENDABLE': 1,
  });
});

test('a late payment is held to the limits of its event', async () => {
  const pay = (id: string, amount: number) =>
    api.post(`/reservations/${id}/confirm`, service.as(undefined, 'service'), {
      paymentId: randomUUID(),
      paymentMethod: 'card',
      amount,
    });
  const end = (id: string) =>
    service.db
      .updateTable('reservations')
      .set({ expires_at: new Date(0) })
      .where('id', '=', id)
      .execute();
  for (const [limit, kind] of [
    [6, '200'],
    [5, '410 PAYMENT_TOO_LATE'],
  ] as const) {
    const { eventId, seatIds } = await eventWith({ max_seats_per_user: 6 }, { seats: 6, price: 10 });
    const user = randomUUID();
    const { id } = (await api.reserve(eventId, seatIds.slice(0, 3), user)).body.reservation;
    await end(id);
    expect((await api.reserve(eventId, seatIds.slice(3), user)).status).toBe(201);
    await service.db
      .updateTable('events')
      .set({ max_seats_per_user: limit })
      .where('id', '=', eventId)
      .execute();
    expect(tally([await pay(id, 30)])).toEqual({ [kind]: 1 });
  }
});

test('a request for more seats than its event allows waits for none of them', async () => {
  const { eventId, seatIds } = await eventWith({ max_seats_per_reservation: 5 }, { seats: 20 });
  const letGo = await hold(service.db, (trx) =>
    trx.selectFrom('seats').select('id').where('event_id', '=', eventId).forUpdate().execute(),
  );
  try {
    expect(tally([await api.reserve(eventId, seatIds.slice(0, 6))])).toEqual({ '422 TOO_MANY_SEATS': 1 });
  } finally {
    await letGo();
  }
});

test('the page of an event tells its limits: its own, or those of the service', async () => {
  const own = await eventWith(OWN, { seats: 1 });
  const one = await eventWith({ hold_seconds: 60 }, { seats: 1 });
  await service.refresh();
  expect((await api.get(`/events/${own.eventId}`)).body.event.limits).toEqual(OWN);
  expect((await api.get(`/events/${one.eventId}`)).body.event.limits).toEqual({
    ...SERVICE,
    hold_seconds: 60,
  });
});
