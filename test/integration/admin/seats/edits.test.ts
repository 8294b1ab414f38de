import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { openSockets, type Sockets } from '../../../support/sockets.ts';
import { eventually } from '../../../support/wait.ts';
import { organizerOf } from './organizing.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;
let host: ReturnType<typeof organizerOf>;
let sockets: Sockets;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  api = apiOf(service);
  host = organizerOf(service);
  sockets = openSockets(service.token);
});
afterEach(async () => {
  await expectInvariants(service.db);
  expect(sockets.close()).toEqual([]);
});
afterAll(() => service.stop());

const seatsPath = (eventId: string) => `/admin/events/${eventId}/seats`;
const setPrices = (eventId: string, what: object, tag = '*') =>
  api.patch(`${seatsPath(eventId)}/prices`, { ...host.headers, 'if-match': tag }, what);
const layoutOf = async (eventId: string, instance: number) =>
  (await apiOf(service, instance).get(`/seats/events/${eventId}/layout`, service.as())).body;

test('a new price counts for later holds, and every instance shows it', async () => {
  const { eventId, seatIds } = await host.event({ seats: 12, price: 50_000 });
  await Promise.all([layoutOf(eventId, 0), layoutOf(eventId, 1)]);
  const listener = await sockets.connect(service.origins[1] as string);
  const { layout } = (await listener.send('join-seat-selection', { eventId, batch: true })) as {
    layout: number;
  };
  const { body: held } = await api.reserve(eventId, seatIds.slice(10, 11));

  const answer = await setPrices(eventId, { price: 70_000, rows: [{ section: 'A', row_number: 2 }] });
  expect([answer.status, answer.body.changed]).toEqual([200, 2]);
  expect(answer.body.layout).toBeGreaterThan(layout);
  for (const instance of [0, 1])
    await eventually(async () =>
      expect((await layoutOf(eventId, instance)).prices.slice(9)).toEqual([50_000, 70_000, 70_000]),
    );
  await eventually(() =>
    expect(listener.heard('seats-reset')).toMatchObject([{ eventId, layout: answer.body.layout }]),
  );
  expect(held.reservation.totalAmount).toBe(50_000);
  const later = await api.reserve(eventId, seatIds.slice(11));
  expect(later.body.reservation.totalAmount).toBe(70_000);
  const best = await api.best({ eventId, quantity: 1, maxPrice: 60_000 });
  expect(best.body.reservation.totalAmount).toBe(50_000);
  expect((await host.audit(eventId)).at(-1)).toMatchObject({
    action: 'seats.price',
    before: { seats_by_price: { 50000: 2 } },
    after: { seats_by_price: { 70000: 2 } },
  });
});

test('the organizer who is slower does not overwrite the prices of another', async () => {
  const { eventId } = await host.event({ seats: 2 });
  const { headers } = await api.get(seatsPath(eventId), host.headers);
  const tag = headers.etag as string;
  const two = await Promise.all(
    [60_000, 70_000].map((price) => setPrices(eventId, { price, sections: ['A'] }, tag)),
  );
  expect(tally(two)).toEqual({ '200': 1, '412 PRECONDITION_FAILED': 1 });
  const winner = two.find(({ status }) => status === 200);
  expect(winner?.headers.etag).toBe(`"${winner?.body.layout}"`);
});

test('the public layout tells attributes and positions, and is as before in a hall without any', async () => {
  const { eventId, seatIds } = await host.event({ seats: 3 });
  const plain = await layoutOf(eventId, 0);
  expect(Object.keys(plain)).toEqual([
    ...['eventId', 'layout', 'ids', 'sections', 'rows', 'numbers', 'labels', 'prices'],
  ]);
  await layoutOf(eventId, 1);
  const place = { section: 'B', row_number: 1, price: 10_000 };
  const seats = [
    { ...place, seat_number: 1, x: 0.5, y: -3, attributes: ['accessible', 'restricted_view'] },
    { ...place, seat_number: 2, attributes: ['companion'] },
  ];
  expect((await api.post(`${seatsPath(eventId)}/sections`, host.headers, { seats })).status).toBe(201);
  for (const instance of [0, 1])
    await eventually(async () =>
      expect(await layoutOf(eventId, instance)).toMatchObject({
        x: [null, null, null, 0.5, null],
        y: [null, null, null, -3, null],
        attributes: { accessible: [3], companion: [4], restricted_view: [3] },
      }),
    );
  await service.db
    .updateTable('seats')
    .set({ attributes: ['restricted_view'] })
    .where('id', '=', seatIds[2] as string)
    .execute();
  for (const instance of [0, 1])
    await eventually(async () =>
      expect((await layoutOf(eventId, instance)).attributes.restricted_view).toEqual([2, 3]),
    );
});

test('sections and seats are added while the event sells, and removed if they were never reserved', async () => {
  const { eventId } = await host.event({ seats: 10 });
  const add = (what: object) => api.post(`${seatsPath(eventId)}/sections`, host.headers, what);
  const remove = (section: string) =>
    service.app.inject({
      method: 'DELETE',
      url: `/api/v1${seatsPath(eventId)}/sections/${encodeURIComponent(section)}`,
      headers: host.headers,
    });
  const balcony = { name: '발코니', rows: 2, seatsPerRow: 3, startRow: 2, price: 20_000 };
  const box = { section: '박스', row_number: 1, seat_number: 1, price: 90_000, attributes: ['accessible'] };
  expect((await add({ sections: [balcony], seats: [box] })).body).toMatchObject({ added: 7 });
  expect(tally([await add({ seats: [{ ...box, seat_number: 2 }, box] })])).toEqual({ '409 SEAT_EXISTS': 1 });
  const seats = await host.seats(eventId);
  expect([seats.ids.length, seats.labels.at(-1), seats.attributes]).toEqual([
    17,
    '발코니-3-3',
    { accessible: [10] },
  ]);
  const cheap = await api.best({ eventId, quantity: 3, section: '발코니' }, randomUUID());
  expect(cheap.body.reservation.totalAmount).toBe(60_000);

  await host.block(eventId, { sections: ['박스'] });
  expect(JSON.parse((await remove('박스')).body).removed).toBe(1);
  expect(JSON.parse((await remove('발코니')).body).code).toBe('SECTION_IN_USE');
  await api.cancel(cheap.body.reservation.id, service.as());
  expect(JSON.parse((await remove('박스')).body).code).toBe('SEAT_NOT_FOUND');
  expect((await host.audit(eventId)).map(({ action }) => action)).toEqual([
    'seats.add',
    'seat_block.create',
    'seats.remove',
  ]);
});

test('a section is found however its name was typed, and no two have the same', async () => {
  const { eventId } = await host.event({ seats: 2 });
  const [nfc, nfd] = ['가열', '가열'.normalize('NFD')];
  const add = (name: string) =>
    api.post(`${seatsPath(eventId)}/sections`, host.headers, {
      sections: [{ name, rows: 1, seatsPerRow: 2, startRow: 1, price: 20_000 }],
    });
  expect((await add(nfd)).body.added).toBe(2);
  expect(tally([await add(nfc), await add(nfd)])).toEqual({ '409 SEAT_EXISTS': 2 });
  expect((await host.seats(eventId)).sections.slice(2)).toEqual([nfc, nfc]);
  for (const name of [nfc, nfd]) {
    const priced = { price: 30_000, rows: [{ section: name, row_number: 1 }], sections: [name] };
    expect((await setPrices(eventId, priced, '*')).status).toBe(200);
  }
});

test('a seat is deleted by an index of its claims: a scan of all claims for each of many seats takes too long', async () => {
  const plan = await service.db.transaction().execute(async (trx) => {
    await sql`SET LOCAL enable_seqscan = off`.execute(trx);
    // What PostgreSQL asks for the foreign key.
    const { rows } = await sql`
      EXPLAIN SELECT FROM ONLY reservation_items x WHERE ${randomUUID()}::uuid = seat_id FOR KEY SHARE OF x`.execute(
      trx,
    );
    return JSON.stringify(rows);
  });
  expect(plan).toContain('claims_of_seat');
});
