import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsv } from '../../../src/admin/halls/csv.ts';
import { apiOf, ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { organizerOf } from './organizer.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const SECTIONS = [
  { name: 'VIP', rows: 2, seatsPerRow: 3, startRow: 1, price: 90_000 },
  { name: 'R', rows: 1, seatsPerRow: 4, startRow: 3, price: 50_000 },
];
const SEATS = [
  { section: 'R', row: 1, number: 1, price: 120_000, x: 10, y: 20.5, attributes: ['accessible'] },
  { section: 'R', row: 1, number: 2, price: 120_000, attributes: ['companion'] },
  { section: 'R', row: 3, number: 7, label: '3열 7번', price: 90_000 },
  { section: '발코니', row: 1, number: 1, attributes: ['restricted_view'] },
];

let count = 0;
const named = (more: object) => ({ name: `홀 ${++count}`, ...more });

type Organizer = ReturnType<typeof organizerOf>;
async function create(organizer: Organizer, more: object): Promise<string> {
  const { status, body } = await organizer.post('/admin/layouts', named(more));
  expect(status, JSON.stringify(body)).toBe(201);
  return body.layout.id;
}

const fromCsv = (organizer: Organizer, csv: string, name = `홀 ${++count}`, key?: string) =>
  ask(service.app, {
    method: 'POST',
    url: `/api/v1/admin/layouts/csv?name=${encodeURIComponent(name)}`,
    headers: {
      ...service.as(organizer.userId, 'organizer'),
      'content-type': 'text/csv',
      ...(key && { 'idempotency-key': key }),
    },
    payload: csv,
  });

describe('a hall', () => {
  test('by sections gives its events their seats', async () => {
    const organizer = organizerOf(service);
    const id = await create(organizer, { sections: SECTIONS });
    expect((await organizer.get(`/admin/layouts/${id}`)).body.layout).toMatchObject({
      total_seats: 10,
      by_seat: false,
      layout_config: { sections: SECTIONS },
      created_by: organizer.userId,
    });
    const event = await organizer.create({ seat_layout_id: id });
    expect((await organizer.publish(event)).body.event.seat_count).toBe(10);
  });

  test('seat by seat gives its events their seats with labels, prices, places and attributes', async () => {
    const organizer = organizerOf(service);
    const id = await create(organizer, { seats: SEATS });
    const { body } = await organizer.get(`/admin/layouts/${id}`);
    const summary = [
      { name: 'R', rows: 3, seatsPerRow: 7, startRow: 1, price: 90_000 },
      { name: '발코니', rows: 1, seatsPerRow: 1, startRow: 1, price: 0 },
    ];
    expect(body.layout).toMatchObject({
      total_seats: 4,
      by_seat: true,
      layout_config: { sections: summary },
    });
    const { layouts } = (await apiOf(service).get('/seats/layouts')).body;
    expect(layouts.find((layout: { id: string }) => layout.id === id).layout_config).toEqual({
      sections: summary,
    });
    const pages = [
      await organizer.get(`/admin/layouts/${id}/seats?limit=3`),
      await organizer.get(`/admin/layouts/${id}/seats?limit=3&after=3`),
    ];
    expect(pages.map(({ body: { seats, next } }) => [seats.length, next])).toEqual([
      [3, 3],
      [1, null],
    ]);

    const event = await organizer.create({ seat_layout_id: id });
    await organizer.publish(event);
    const seats = await service.db
      .selectFrom('seats')
      .select(['section', 'row_number', 'seat_number', 'seat_label', 'price', 'attributes', 'x', 'y'])
      .where('event_id', '=', event)
      .orderBy('section')
      .orderBy('row_number')
      .orderBy('seat_number')
      .execute();
    expect(seats.map((seat) => Object.values(seat))).toEqual([
      ['R', 1, 1, 'R-1-1', 120_000, ['accessible'], 10, 20.5],
      ['R', 1, 2, 'R-1-2', 120_000, ['companion'], null, null],
      ['R', 3, 7, '3열 7번', 90_000, [], null, null],
      ['발코니', 1, 1, '발코니-1-1', 0, ['restricted_view'], null, null],
    ]);
  });

  test('comes as CSV too, as Excel writes it', async () => {
    const organizer = organizerOf(service);
    const csv = [
      '\ufeffSection,Row,Number,Label,Price,X,Y,Attributes',
      'R,1,1,,120000,10,20.5,accessible',
      '"R",1,2,"""R"", 2번",120000,,,companion restricted_view',
      '',
    ].join('\r\n');
    const { status, body } = await fromCsv(organizer, csv);
    expect([status, body.layout?.total_seats], JSON.stringify(body)).toEqual([201, 2]);
    const { seats } = (await organizer.get(`/admin/layouts/${body.layout.id}/seats`)).body;
    expect(seats).toMatchObject([
      { position: 1, section: 'R', label: 'R-1-1', x: 10, y: 20.5, attributes: ['accessible'] },
      { position: 2, label: '"R", 2번', price: 120_000, attributes: ['companion', 'restricted_view'] },
    ]);
  });

  test('that comes as CSV is made once under a key, which stands for its name as well', async () => {
    const organizer = organizerOf(service);
    const csv = 'section,row,number\nA,1,1\n';
    const first = await fromCsv(organizer, csv, '열쇠 홀', 'key');
    expect((await fromCsv(organizer, csv, '열쇠 홀', 'key')).text).toBe(first.text);
    expect((await fromCsv(organizer, csv, '다른 홀', 'key')).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await fromCsv(organizer, `${csv}A,1,2\n`, '열쇠 홀', 'key')).body.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  test('of 4 MB under a key keeps the event loop no longer than one without', async () => {
    const organizer = organizerOf(service);
    // One mistake, far behind: the text is checked and not stored.
    const csv = `section,row,number\n${'\n'.repeat(4_000_000)}A,1,1\nA,1,1\n`;
    const took = async (key?: string) => {
      // Not of the clock, since a busy machine makes this process wait.
      const begun = process.cpuUsage();
      expect((await fromCsv(organizer, csv, '긴 홀', key)).body.code).toBe('VALIDATION_FAILED');
      const { user, system } = process.cpuUsage(begun);
      return (user + system) / 1_000;
    };
    const without = await took();
    expect(await took('long')).toBeLessThan(2 * without + 200);
  });

  test('lists all seats that are missing something, not valid or there twice in one answer', async () => {
    const organizer = organizerOf(service);
    const seats = [
      { section: 'A', row: 1, number: 1 },
      { section: 'A', row: 1 },
      { section: ' ', row: 0, number: null },
      { section: 'A', row: 1, number: 1 },
      { section: 'A', row: 1, number: 2, price: -1 },
    ];
    const json = await organizer.post('/admin/layouts', named({ seats }));
    expect(json.body.details).toEqual([
      { path: 'body/seats/1', message: 'number is missing' },
      { path: 'body/seats/2', message: 'section is missing' },
      { path: 'body/seats/2', message: 'row must be a whole number, 1 to 100000' },
      { path: 'body/seats/2', message: 'number is missing' },
      { path: 'body/seats/3', message: 'A-1-1 is also in body/seats/0' },
      { path: 'body/seats/4', message: 'price must be a whole number, 0 to 100000000' },
    ]);
    const csv = await fromCsv(organizer, 'section,row,number\nA,1,1\n\nA,1e2,\nA,1,1\n');
    expect(csv.body.details).toEqual([
      { path: 'body/line/4', message: 'row must be a whole number, 1 to 100000' },
      { path: 'body/line/4', message: 'number is missing' },
      { path: 'body/line/5', message: 'A-1-1 is also in body/line/2' },
    ]);
    const sections = [...SECTIONS, { ...SECTIONS[0], startRow: 2 }];
    const rows = await organizer.post('/admin/layouts', named({ sections }));
    expect(rows.body.details).toEqual([
      { path: 'body/sections/2', message: 'rows 2 to 2 of VIP are also in body/sections/0' },
    ]);
    const many = Array.from({ length: 1_500 }, () => ({ section: 'A', row: 1 }));
    const { details } = (await organizer.post('/admin/layouts', named({ seats: many }))).body;
    expect([details.length, details[0]]).toEqual([
      1_001,
      { path: 'body', message: '1500 mistakes; the first 1000 are listed' },
    ]);
  });

  test('keeps the seats of published events as they are when it changes', async () => {
    const organizer = organizerOf(service);
    const id = await create(organizer, { seats: SEATS });
    const event = await organizer.create({ seat_layout_id: id });
    await organizer.publish(event);
    const change = { sections: SECTIONS };
    const { headers } = await organizer.get(`/admin/layouts/${id}`);
    const changed = await organizer.patch(`/admin/layouts/${id}`, change, headers.etag as string);
    expect(changed.body.layout).toMatchObject({ by_seat: false, total_seats: 10, revision: 2 });
    expect((await organizer.get(`/admin/layouts/${id}/seats`)).body.seats).toEqual([]);
    expect((await organizer.get(`/admin/events/${event}`)).body.event.seat_count).toBe(4);
    const stale = await organizer.patch(`/admin/layouts/${id}`, change, headers.etag as string);
    expect(stale.body.code).toBe('PRECONDITION_FAILED');
  });

  test('belongs to the organizer who created it, and serves all of them', async () => {
    const [organizer, other] = [organizerOf(service), organizerOf(service)];
    const id = await create(organizer, { sections: SECTIONS });
    expect((await other.get(`/admin/layouts/${id}`)).status).toBe(200);
    expect((await other.patch(`/admin/layouts/${id}`, { name: '남의 홀' })).body.code).toBe('FORBIDDEN');
    const headers = { ...service.as(undefined, 'admin'), 'if-match': '*' };
    expect((await apiOf(service).patch(`/admin/layouts/${id}`, headers, { description: '새' })).status).toBe(
      200,
    );
    await other.create({ seat_layout_id: id });
    const del = (userId: string) =>
      ask(service.app, {
        method: 'DELETE',
        url: `/api/v1/admin/layouts/${id}`,
        headers: service.as(userId, 'organizer'),
      });
    expect((await del(other.userId)).body.code).toBe('FORBIDDEN');
    expect((await del(organizer.userId)).body.code).toBe('LAYOUT_IN_USE');
    await service.db.updateTable('events').set({ seat_layout_id: null }).execute();
    expect((await del(organizer.userId)).status).toBe(200);
  });
});

test('a large hall is taken in piece by piece, so that others are served meanwhile', async () => {
  const organizer = organizerOf(service);
  const seats = 20_000;
  const lines = Array.from(
    { length: seats },
    (_, index) =>
      `S${index % 10},${Math.floor(index / 1_000) + 1},${(Math.floor(index / 10) % 100) + 1},,50000`,
  );
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  const read = readCsv(`section,row,number,label,price\n${lines.join('\n')}\n`);
  turn();
  const { places } = await read;
  isDone = true;
  expect(places).toHaveLength(seats);
  // At least one for 1,000 seats. Without the pauses there is none before the end.
  expect(turns).toBeGreaterThan(seats / 1_000);

  const { status, body } = await organizer.post('/admin/layouts', named({ seats: places }));
  expect([status, body.layout?.total_seats], JSON.stringify(body).slice(0, 500)).toEqual([201, seats]);
  const event = await organizer.create({ seat_layout_id: body.layout.id });
  expect((await organizer.publish(event)).body.event).toMatchObject({ seat_count: seats });
});
