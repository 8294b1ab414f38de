import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiOf, ask, tally } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';
import { newEvent, organizerOf } from './organizer.ts';

const SECTIONS = [
  { name: 'VIP', rows: 2, seatsPerRow: 3, startRow: 1, price: 90_000 },
  { name: 'A', rows: 1, seatsPerRow: 4, startRow: 3, price: 50_000 },
];

let service: Service;
let layoutId: string;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  const hall = { name: '소극장', description: null, total_seats: 10 };
  const { id } = await service.db
    .insertInto('seat_layouts')
    .values({ ...hall, layout_config: JSON.stringify({ sections: SECTIONS }) })
    .returning('id')
    .executeTakeFirstOrThrow();
  layoutId = id;
});
afterAll(() => service.stop());

const addStock = async (eventId: string) => {
  const type = { event_id: eventId, name: '일반', description: null, price: 10_000 };
  const { id } = await service.db
    .insertInto('ticket_types')
    .values({
      ...type,
      total_quantity: 5,
      available_quantity: 5,
      sale_start_date: null,
      sale_end_date: null,
      max_quantity: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
};

/** What a buyer is told at each address of an event. */
async function seenByBuyers(instance: number, eventId: string, ticketTypeId: string) {
  const api = apiOf(service, instance);
  const buyer = randomUUID();
  const asked = {
    page: await api.get(`/events/${eventId}`),
    tickets: await api.get(`/tickets/event/${eventId}`),
    map: await api.get(`/seats/events/${eventId}`),
    layout: await api.get(`/seats/events/${eventId}/layout`),
    statuses: await api.get(`/seats/events/${eventId}/status`),
    changes: await api.get(`/seats/events/${eventId}/changes?since=0`),
    line: await api.get(`/queue/status/${eventId}`, buyer),
    entry: await api.post(`/queue/check/${eventId}`, buyer),
    seats: await api.reserve(eventId, [randomUUID()]),
    best: await api.best({ eventId, quantity: 1 }),
    purchase: await api.buy(eventId, [{ ticketTypeId, quantity: 1 }]),
    organizer: await api.get(`/admin/events/${eventId}`, service.as(undefined, 'admin')),
  };
  const list = await api.get('/events?limit=1000');
  const search = await api.get(`/events?q=${encodeURIComponent('숨은')}&limit=1000`);
  const listed = [list, search].map(({ body }) =>
    body.events.some(({ id }: { id: string }) => id === eventId),
  );
  const codes = Object.entries(asked).map(([at, { status, body }]) => [at, body.code ?? status]);
  const availability = await api.get(`/tickets/availability/${ticketTypeId}`);
  return { ...Object.fromEntries(codes), listed, stock: availability.body.code ?? availability.status };
}

const HIDDEN = 'EVENT_NOT_FOUND';
const AS_IF_UNKNOWN = {
  page: HIDDEN,
  tickets: HIDDEN,
  map: HIDDEN,
  layout: HIDDEN,
  statuses: HIDDEN,
  changes: HIDDEN,
  line: HIDDEN,
  entry: HIDDEN,
  seats: HIDDEN,
  best: HIDDEN,
  purchase: HIDDEN,
  organizer: 200,
  listed: [false, false],
  stock: 'TICKET_TYPE_NOT_FOUND',
};

describe('a draft', () => {
  test('is unknown to everyone but its organizer, before its publication and after it is taken back', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create({ title: '숨은 공연', seat_layout_id: layoutId });
    const typeId = await addStock(id);
    const sockets = openSockets(service.token);
    const client = await sockets.connect(service.origin);
    for (const join of ['join-event', 'join-queue', 'join-seat-selection'] as const)
      expect(await client.send(join, { eventId: id })).toMatchObject({ ok: false, code: HIDDEN });
    expect((await fetch(`${service.origin}/api/v1/live/${id}`)).status).toBe(404);
    for (const instance of [0, 1]) expect(await seenByBuyers(instance, id, typeId)).toEqual(AS_IF_UNKNOWN);
    expect((await organizerOf(service).get(`/admin/events/${id}`)).body.code).toBe('FORBIDDEN');

    expect((await organizer.publish(id)).body.event).toMatchObject({ status: 'on_sale', seat_count: 10 });
    // The instance that published it shows it at once, the other one soon.
    expect((await apiOf(service).get(`/events/${id}`)).status).toBe(200);
    for (const instance of [0, 1])
      await eventually(async () =>
        expect(await seenByBuyers(instance, id, typeId)).toMatchObject({
          page: 200,
          map: 200,
          listed: [true, true],
          stock: 200,
        }),
      );

    expect(sockets.close()).toEqual([]);
    const other = await organizer.create({ seat_layout_id: layoutId, title: '숨은 둘째' });
    const otherType = await addStock(other);
    await organizer.publish(other);
    await service.refresh();
    expect((await apiOf(service, 1).get(`/seats/events/${other}/status`)).status).toBe(200);
    expect((await organizer.unpublish(other)).body.event).toMatchObject({ status: 'draft' });
    expect(await seenByBuyers(0, other, otherType)).toEqual(AS_IF_UNKNOWN);
    await eventually(async () => expect(await seenByBuyers(1, other, otherType)).toEqual(AS_IF_UNKNOWN));
  });

  test('is refused for publication until it sells something, and gets its seats from its hall', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create();
    expect((await organizer.publish(id)).body.code).toBe('EVENT_INCOMPLETE');
    expect((await organizer.change(id, { seat_layout_id: layoutId })).status).toBe(200);
    expect((await organizer.publish(id)).status).toBe(200);
    expect((await organizer.publish(id)).body.code).toBe('EVENT_NOT_DRAFT');
    const { body } = await apiOf(service).get(`/seats/events/${id}`);
    expect(
      body.seats.map(({ seat_label, price }: Record<string, unknown>) => `${seat_label} ${price}`),
    ).toEqual([
      'A-3-1 50000',
      'A-3-2 50000',
      'A-3-3 50000',
      'A-3-4 50000',
      'VIP-1-1 90000',
      'VIP-1-2 90000',
      'VIP-1-3 90000',
      'VIP-2-1 90000',
      'VIP-2-2 90000',
      'VIP-2-3 90000',
    ]);
  });

  test('loses the seats of its hall when it gets another one, and keeps its hall once it is published', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create({ seat_layout_id: layoutId });
    await addStock(id);
    await organizer.publish(id);
    expect((await organizer.change(id, { seat_layout_id: null })).body.code).toBe('EVENT_NOT_DRAFT');
    await organizer.unpublish(id);
    const changed = await organizer.change(id, { seat_layout_id: null });
    expect(changed.body.event).toMatchObject({ seat_layout_id: null, seat_count: 0 });
  });

  test('is a copy of another event without its seats and sales', async () => {
    const organizer = organizerOf(service);
    const limits = { max_seats_per_user: 2, hold_seconds: 420 };
    const id = await organizer.create({ seat_layout_id: layoutId, timezone: 'Asia/Tokyo', ...limits });
    const ticketTypeId = await addStock(id);
    await organizer.publish(id);
    expect((await apiOf(service).buy(id, [{ ticketTypeId, quantity: 2 }])).status).toBe(201);
    const { status, body } = await organizer.post(`/admin/events/${id}/duplicate`);
    expect(status).toBe(201);
    expect(body.event).toMatchObject({
      ...limits,
      timezone: 'Asia/Tokyo',
      status: 'draft',
      seat_layout_id: layoutId,
      created_by: organizer.userId,
      seat_count: 0,
      ticket_type_count: 1,
    });
    const types = await service.db
      .selectFrom('ticket_types')
      .select(['name', 'total_quantity', 'available_quantity'])
      .where('event_id', '=', body.event.id)
      .execute();
    expect(types).toEqual([{ name: '일반', total_quantity: 5, available_quantity: 5 }]);
  });

  test('can be deleted, a published event cannot', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create({ seat_layout_id: layoutId });
    const api = apiOf(service);
    await organizer.publish(id);
    const headers = service.as(organizer.userId, 'organizer');
    const del = () => ask(service.app, { method: 'DELETE', url: `/api/v1/admin/events/${id}`, headers });
    expect((await del()).body.code).toBe('EVENT_NOT_DRAFT');
    await organizer.unpublish(id);
    expect((await del()).status).toBe(200);
    expect((await api.get(`/admin/events/${id}`, headers)).body.code).toBe(HIDDEN);
  });
});

describe('an event', () => {
  test('is changed by whoever read it last', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create();
    const { headers } = await organizer.get(`/admin/events/${id}`);
    const etag = headers.etag as string;
    expect((await organizer.change(id, { title: '가을의 노래' }, etag)).status).toBe(200);
    expect((await organizer.change(id, { title: '겨울의 노래' }, etag)).body.code).toBe(
      'PRECONDITION_FAILED',
    );
    const race = await organizer.get(`/admin/events/${id}`);
    const both = await Promise.all(
      ['하나', '둘'].map((title) => organizer.change(id, { title }, race.headers.etag as string)),
    );
    expect(tally(both)).toEqual({ 200: 1, '412 PRECONDITION_FAILED': 1 });
  });

  test('shows a change at once where it was made, and soon elsewhere', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create({ seat_layout_id: layoutId });
    await organizer.publish(id);
    expect((await organizer.change(id, { title: '새 제목', status: 'sold_out' })).status).toBe(200);
    const page = async (instance: number) => (await apiOf(service, instance).get(`/events/${id}`)).body.event;
    expect(await page(0)).toMatchObject({ title: '새 제목', status: 'sold_out' });
    await eventually(async () =>
      expect(await page(1)).toMatchObject({ title: '새 제목', status: 'sold_out' }),
    );
    expect((await organizer.change(id, { status: 'on_sale' })).body.event).toMatchObject({
      status: 'on_sale',
    });
  });

  test.each<[string, object]>([
    [
      'a sale that ends before it starts',
      {
        sale_end_date: '2027-01-01T00:00:00Z',
        sale_start_date: '2027-01-02T00:00:00Z',
        event_date: '2027-02-01T00:00:00Z',
      },
    ],
    ['a sale that ends after the event', { event_date: newEvent().sale_start_date }],
    ['the 30th of February', { sale_end_date: '2027-02-30T00:00:00Z' }],
    ['an unknown time zone', { timezone: 'Asia/Atlantis' }],
    ['an offset as time zone', { timezone: '+09' }],
    ['an address that runs a script', { poster_image_url: 'javascript:alert(1)' }],
  ])('is refused: %s', async (_what, wrong) => {
    const organizer = organizerOf(service);
    expect((await organizer.post('/admin/events', newEvent(wrong))).body.code).toBe('VALIDATION_FAILED');
    const id = await organizer.create();
    expect((await organizer.change(id, wrong)).body.code).toBe('VALIDATION_FAILED');
  });

  test('is created once, however often its request is repeated', async () => {
    const organizer = organizerOf(service);
    const headers = { ...service.as(organizer.userId, 'organizer'), 'idempotency-key': randomUUID() };
    const payload = newEvent();
    const create = (instance: number) => apiOf(service, instance).post('/admin/events', headers, payload);
    const first = await create(0);
    const again = await create(1);
    expect([again.status, again.headers['idempotent-replayed'], again.text]).toEqual([
      201,
      'true',
      first.text,
    ]);
    expect((await organizer.get('/admin/events')).body.events).toHaveLength(1);
  });

  test('is found by its organizer in every state, page by page, and by no other organizer', async () => {
    const organizer = organizerOf(service);
    const titles = ['첫째 Rock', '둘째 rock', '셋째'];
    for (const [index, title] of titles.entries()) {
      const day = `2037-0${index + 1}-01T00:00:00.000Z`;
      await organizer.create({ title, event_date: day, sale_end_date: '2036-12-31T00:00:00Z' });
    }
    const titlesOf = ({ body }: { body: { events: { title: string }[] } }) =>
      body.events.map(({ title }) => title);
    const first = await organizer.get('/admin/events?limit=2&status=draft');
    expect(titlesOf(first)).toEqual(['셋째', '둘째 rock']);
    const next = await organizer.get(`/admin/events?limit=2&cursor=${first.body.nextCursor}`);
    expect([titlesOf(next), next.body.nextCursor]).toEqual([['첫째 Rock'], null]);
    expect(titlesOf(await organizer.get('/admin/events?q=ROCK'))).toEqual(['둘째 rock', '첫째 Rock']);
    expect(titlesOf(await organizer.get('/admin/events?status=on_sale'))).toEqual([]);
    expect(titlesOf(await organizerOf(service).get('/admin/events'))).toEqual([]);
    const all = await apiOf(service).get(`/admin/events?limit=100`, service.as(undefined, 'admin'));
    expect(titlesOf(all)).toEqual(expect.arrayContaining(titles));
  });

  test('leaves an entry with before and after in the audit log for each change', async () => {
    const organizer = organizerOf(service);
    const id = await organizer.create({ seat_layout_id: layoutId });
    await organizer.change(id, { title: '다른 제목' });
    await organizer.publish(id);
    await organizer.unpublish(id);
    const entries = await service.db
      .selectFrom('audit_log')
      .select(['action', 'actor_id', 'actor_role', 'before', 'after'])
      .where('event_id', '=', id)
      .orderBy('id')
      .execute();
    expect(entries.map(({ action }) => action)).toEqual([
      'event.create',
      'event.change',
      'event.publish',
      'event.unpublish',
    ]);
    expect(entries[1]).toMatchObject({
      actor_id: organizer.userId,
      actor_role: 'organizer',
      before: { title: '봄의 노래' },
      after: { title: '다른 제목' },
    });
  });
});
