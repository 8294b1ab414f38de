import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '100' } });
  api = apiOf(service);
});
afterAll(async () => {
  await expectInvariants(service.db);
  await service.stop();
});

const stockOf = async (ticketTypeId: string) =>
  (await api.get(`/tickets/availability/${ticketTypeId}`)).body.available_quantity;

test('tickets of several types are reserved together', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10, 5], price: 30_000 });
  const [first, second] = ticketTypeIds as [string, string];
  const userId = randomUUID();
  const { status, body } = await api.buy(
    eventId,
    [
      { ticketTypeId: first, quantity: 2 },
      { ticketTypeId: second, quantity: 1 },
    ],
    userId,
  );
  expect(status).toBe(201);
  expect(body.message).toBe('예매가 완료되었습니다.');
  expect(body.reservation.totalAmount).toBe(90_000);
  expect([await stockOf(first), await stockOf(second)]).toEqual([8, 4]);

  const one = await api.get(`/reservations/${body.reservation.id}`, userId);
  expect(one.body.reservation.items).toEqual([
    {
      ticketTypeId: first,
      ticketTypeName: '1등석',
      quantity: 2,
      unitPrice: 30_000,
      subtotal: 60_000,
      seatId: null,
      seatLabel: null,
      section: null,
    },
    {
      ticketTypeId: second,
      ticketTypeName: '2등석',
      quantity: 1,
      unitPrice: 30_000,
      subtotal: 30_000,
      seatId: null,
      seatLabel: null,
      section: null,
    },
  ]);
});

test('a ticket type in demand sells exactly its stock, and no buyer is refused before', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const buyers = Array.from({ length: 160 }, (_, index) =>
    apiOf(service, index % 2).buy(eventId, [{ ticketTypeId, quantity: 1 }]),
  );
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 100, '409 SOLD_OUT': 60 });
  expect(await stockOf(ticketTypeId)).toBe(0);
});

test('orders for the same ticket types in opposite orders do not deadlock', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1_000, 1_000] });
  const items = ticketTypeIds.map((ticketTypeId) => ({ ticketTypeId, quantity: 1 }));
  const buyers = Array.from({ length: 80 }, (_, index) =>
    apiOf(service, index % 2).buy(eventId, index % 2 ? items : [...items].reverse()),
  );
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 80 });
});

test('requests at once do not exceed the limit per user', async () => {
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [1_000] });
  const [ticketTypeId] = ticketTypeIds as [string];
  const userId = randomUUID();
  const buyers = Array.from({ length: 10 }, (_, index) =>
    apiOf(service, index % 2).buy(eventId, [{ ticketTypeId, quantity: 3 }], userId),
  );
  expect(tally(await Promise.all(buyers))).toEqual({ 201: 2, '422 TOO_MANY_TICKETS': 8 });
});

test('a cancelled reservation returns its stock and seats once', async () => {
  const { eventId, ticketTypeIds, seatIds } = await service.seedEvent({ stock: [4], seats: 3 });
  const [ticketTypeId] = ticketTypeIds as [string];
  const userId = randomUUID();
  const bought = await api.buy(eventId, [{ ticketTypeId, quantity: 4 }], userId);
  const held = await api.reserve(eventId, seatIds, userId);
  const ids = [bought.body.reservation.id, held.body.reservation.id];

  const cancels = await Promise.all(
    ids.flatMap((id) => [0, 1, 0, 1].map((on) => apiOf(service, on).cancel(id, userId))),
  );
  expect(tally(cancels)).toEqual({ 200: 2, '409 RESERVATION_NOT_CANCELLABLE': 6 });
  expect(await stockOf(ticketTypeId)).toBe(4);
  expect((await api.reserve(eventId, seatIds)).status).toBe(201);
  const { body } = await api.get(`/reservations/${ids[0]}`, userId);
  // It was never paid, so no refund is due.
  expect(body.reservation).toMatchObject({ status: 'cancelled', payment_status: 'pending' });
});

test('a buyer reads that a refund is due, and "refunded" only once the money is back', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const userId = randomUUID();
  const { id, totalAmount } = (await api.reserve(eventId, seatIds, userId)).body.reservation;
  const paymentService = service.as(undefined, 'service');
  const payment = { paymentId: randomUUID(), paymentMethod: 'card', amount: totalAmount };
  const readByBuyer = async () => {
    const found = [
      (await api.get(`/reservations/${id}`, userId)).body.reservation,
      (await api.get(`/seats/reservation/${id}`, userId)).body.reservation,
      (await api.get('/reservations/my', userId)).body.reservations[0],
    ].map(
      ({ status, payment_status, refund_due }) => `${status}, ${payment_status}, refund due: ${refund_due}`,
    );
    return new Set(found);
  };
  expect(await readByBuyer()).toEqual(new Set(['pending, pending, refund due: false']));
  expect((await api.post(`/reservations/${id}/confirm`, paymentService, payment)).status).toBe(200);
  expect(await readByBuyer()).toEqual(new Set(['confirmed, completed, refund due: false']));
  expect((await api.cancel(id, userId)).status).toBe(200);
  expect(await readByBuyer()).toEqual(new Set(['cancelled, completed, refund due: true']));
  expect((await api.post(`/reservations/${id}/refunded`, paymentService)).status).toBe(200);
  expect(await readByBuyer()).toEqual(new Set(['cancelled, refunded, refund due: false']));
});

test("another user's reservation is answered as unknown", async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
  const { id } = (await api.reserve(eventId, seatIds)).body.reservation;
  const stranger = randomUUID();
  const answers = [
    await api.get(`/reservations/${id}`, stranger),
    await api.get(`/seats/reservation/${id}`, stranger),
    await api.cancel(id, stranger),
  ];
  expect(tally(answers)).toEqual({ '404 RESERVATION_NOT_FOUND': 3 });
});

test('the reservations of a user come in pages, newest first, each of them once', async () => {
  const userId = randomUUID();
  const made: string[] = [];
  for (let index = 0; index < 7; index++) {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1 });
    made.unshift((await api.reserve(eventId, seatIds, userId)).body.reservation.id);
  }
  // All have the same time, so the id alone orders them.
  await service.db
    .updateTable('reservations')
    .set({ created_at: new Date() })
    .where('id', 'in', made)
    .execute();

  const seen: string[] = [];
  let cursor: string | null = '';
  do {
    const page: { body: { reservations: { id: string }[]; nextCursor: string | null } } = await api.get(
      `/reservations/my?limit=3${cursor && `&cursor=${cursor}`}`,
      userId,
    );
    seen.push(...page.body.reservations.map(({ id }) => id));
    cursor = page.body.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual([...made].sort().reverse());
});

test('the sweep of any instance frees the seats and the stock of expired holds', async () => {
  const { eventId, ticketTypeIds, seatIds } = await service.seedEvent({ stock: [40], seats: 40 });
  const [ticketTypeId] = ticketTypeIds as [string];
  await Promise.all([
    ...seatIds.map((seatId) => api.reserve(eventId, [seatId])),
    ...seatIds.map(() => api.buy(eventId, [{ ticketTypeId, quantity: 1 }])),
  ]);
  expect(await stockOf(ticketTypeId)).toBe(0);
  await service.db
    .updateTable('reservations')
    .set({ expires_at: new Date() })
    .where('event_id', '=', eventId)
    .execute();
  await eventually(async () => {
    expect(await stockOf(ticketTypeId)).toBe(40);
    const { body } = await api.get(`/seats/events/${eventId}`);
    expect(body.seats.filter((seat: { status: string }) => seat.status === 'available')).toHaveLength(40);
  });
});

test('buyers who ask at once get the stock of an expired hold before any sweep', async () => {
  const lazy = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  try {
    const { eventId, ticketTypeIds } = await lazy.seedEvent({ stock: [16] });
    const buyHalf = () =>
      apiOf(lazy).buy(eventId, [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 8 }]);
    expect((await buyHalf()).status).toBe(201);
    await lazy.db.updateTable('reservations').set({ expires_at: new Date() }).execute();
    // The stock is enough for one of them, and for both with the expired hold.
    expect(tally(await Promise.all([buyHalf(), buyHalf()]))).toEqual({ 201: 2 });
    expect(tally([await buyHalf()])).toEqual({ '409 SOLD_OUT': 1 });
    await expectInvariants(lazy.db);
  } finally {
    await lazy.stop();
  }
});

test.each([
  ['before its sale', { saleStartsIn: 1, saleEndsIn: 10 }, '422 SALE_NOT_STARTED'],
  ['after its sale', { saleStartsIn: -3, saleEndsIn: -1 }, '422 SALE_ENDED'],
  ['after it has taken place', { saleStartsIn: -3, saleEndsIn: 5, takesPlaceIn: -1 }, '422 SALE_ENDED'],
  ['that was cancelled', { status: 'cancelled' }, '422 EVENT_CANCELLED'],
  ['that was ended', { status: 'ended' }, '422 SALE_ENDED'],
  ['that was declared sold out', { status: 'sold_out' }, '409 SOLD_OUT'],
] as const)('an event %s makes no sale', async (_when, seed, refusal) => {
  const { eventId, ticketTypeIds, seatIds } = await service.seedEvent({ ...seed, stock: [5], seats: 2 });
  const [ticketTypeId] = ticketTypeIds as [string];
  const answers = [
    await api.buy(eventId, [{ ticketTypeId, quantity: 1 }]),
    await api.reserve(eventId, seatIds),
  ];
  expect(tally(answers)).toEqual({ [refusal]: 2 });
  expect(await stockOf(ticketTypeId)).toBe(5);
});
