import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(() => service.stop());

/** What the second instance shows. */
const second = () => apiOf(service, 1);
const listed = async (title: string) => (await second().get(`/events?q=${encodeURIComponent(title)}`)).body;
const page = async (eventId: string) => (await second().get(`/events/${eventId}`)).body;

describe('within 5 seconds and by itself, an instance shows', () => {
  const soon = (check: () => Promise<void>) => eventually(check, { timeout: 5_000, interval: 100 });

  test.concurrent('what an operator has changed by SQL', async () => {
    const { eventId, title, ticketTypeId } = await own();
    await sql`UPDATE events SET title = ${`새 ${title}`}, description = '설명' WHERE id = ${eventId}`.execute(
      service.db,
    );
    await sql`UPDATE ticket_types SET price = 10, name = '새 이름' WHERE id = ${ticketTypeId}`.execute(
      service.db,
    );
    await sql`UPDATE seats SET price = 99 WHERE event_id = ${eventId} AND seat_number = 1`.execute(
      service.db,
    );
    await soon(async () => {
      expect((await listed(`새 ${title}`)).events).toMatchObject([{ min_price: 10, max_price: 50_000 }]);
      expect(await page(eventId)).toMatchObject({
        event: { title: `새 ${title}`, description: '설명' },
        ticketTypes: [{ name: '새 이름', price: 10 }],
      });
    });
  });

  test.concurrent('ticket types that were added and removed', async () => {
    const { eventId, title, ticketTypeId } = await own();
    await service.db
      .insertInto('ticket_types')
      .values({ event_id: eventId, name: '덤', price: 7, total_quantity: 2, available_quantity: 2 })
      .execute();
    await sql`DELETE FROM ticket_types WHERE id = ${ticketTypeId}`.execute(service.db);
    await soon(async () => {
      expect((await listed(title)).events).toMatchObject([{ ticket_type_count: 1, min_price: 7 }]);
      expect((await page(eventId)).ticketTypes).toMatchObject([{ name: '덤', available_quantity: 2 }]);
    });
  });

  test.concurrent('an event that was deleted no more, in lists as well', async () => {
    const { eventId, title } = await own();
    await sql`DELETE FROM events WHERE id = ${eventId}`.execute(service.db);
    await soon(async () => {
      expect((await listed(title)).pagination.total).toBe(0);
      expect((await page(eventId)).code).toBe('EVENT_NOT_FOUND');
    });
  });

  test.concurrent('names that find each other', async () => {
    const { eventId, title } = await own();
    const korean = `가수 ${randomUUID()}`;
    await service.db.insertInto('keyword_mappings').values({ korean, english: title }).execute();
    await soon(async () => expect((await listed(korean)).events).toMatchObject([{ id: eventId }]));
  });

  test.concurrent('what a transaction changed that began long before others, and ended after them', async () => {
    const { eventId, title } = await own();
    const others = await own();
    await service.db.transaction().execute(async (late) => {
      await sql`UPDATE events SET description = '늦은 설명' WHERE id = ${eventId}`.execute(late);
      await sql`UPDATE events SET description = '설명' WHERE id = ${others.eventId}`.execute(service.db);
      await soon(async () => expect((await listed(others.title)).events[0].description).toBe('설명'));
    });
    await soon(async () => expect((await listed(title)).events[0].description).toBe('늦은 설명'));
  });

  async function own() {
    const name = `변경 ${randomUUID()}`;
    const seeded = await service.seedEvent({ title: name, stock: [5], seats: 2 });
    await Promise.all([listed(name), page(seeded.eventId)]);
    return { title: name, eventId: seeded.eventId, ticketTypeId: seeded.ticketTypeIds[0] as string };
  }
});

describe('a sale', () => {
  test('writes nothing that the catalogue reads, and its answers read nothing from PostgreSQL', async () => {
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    const api = apiOf(service);
    const noted = async () =>
      (await sql`SELECT changed_in FROM catalogue_changes WHERE event_id = ${eventId}`.execute(service.db))
        .rows;
    const views = async () => [
      (await api.get(`/events/${eventId}`)).body,
      (await api.get(`/tickets/event/${eventId}`)).body,
    ];
    const [before] = await views();
    const notedBefore = await noted();
    const reads = vi.spyOn(service.app.publicReads, 'read');
    for (let left = 4; left >= 1; left--) {
      const bought = await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }]);
      expect(bought.status).toBe(201);
      const version = before.version + 5 - left;
      const ticketTypes = [expect.objectContaining({ available_quantity: left })];
      expect(await views()).toMatchObject([
        { version, ticketTypes },
        { version, ticketTypes },
      ]);
    }
    expect(reads).not.toHaveBeenCalled();
    expect(await noted()).toEqual(notedBefore);
    reads.mockRestore();
  });

  test('of the last ticket shows in the lists of every instance, and so does its end', async () => {
    const title = `마지막 ${randomUUID()}`;
    const { eventId, ticketTypeIds } = await service.seedEvent({ title, stock: [1] });
    const userId = randomUUID();
    const statuses = async () =>
      Promise.all(
        [0, 1].map(
          async (instance) =>
            (await apiOf(service, instance).get(`/events?q=${encodeURIComponent(title)}`)).body.events[0]
              .status,
        ),
      );
    expect(await statuses()).toEqual(['on_sale', 'on_sale']);
    // A second or two later, the second instance would find it out by itself.
    const { catalogue } = service.apps[1] as FastifyInstance;
    const note = catalogue.note.bind(catalogue);
    const suspect = vi.spyOn(catalogue, 'suspect');
    let byNews = 0;
    const noting = vi.spyOn(catalogue, 'note').mockImplementation((changes) => {
      const before = suspect.mock.calls.length;
      note(changes);
      byNews += suspect.mock.calls.length - before;
    });
    const bought = await apiOf(service).buy(
      eventId,
      [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }],
      userId,
    );
    await eventually(async () => expect(await statuses()).toEqual(['sold_out', 'sold_out']));
    await apiOf(service).cancel(bought.body.reservation.id, userId);
    await eventually(async () => expect(await statuses()).toEqual(['on_sale', 'on_sale']));
    expect(byNews).toBe(2);
    noting.mockRestore();
    suspect.mockRestore();
  });

  test('whose news are lost shows in lists all the same', async () => {
    const title = `소식 ${randomUUID()}`;
    const { eventId, ticketTypeIds } = await service.seedEvent({ title, stock: [1] });
    expect((await listed(title)).events[0].status).toBe('on_sale');
    const { catalogue } = service.apps[1] as FastifyInstance;
    const deaf = vi.spyOn(catalogue, 'note').mockImplementation(() => undefined);
    const userId = randomUUID();
    const wanted = [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }];
    const bought = await apiOf(service).buy(eventId, wanted, userId);
    // Availability is compared every three seconds at most.
    const compared = { timeout: 10_000 };
    await eventually(async () => expect((await listed(title)).events[0].status).toBe('sold_out'), compared);
    await apiOf(service).cancel(bought.body.reservation.id, userId);
    await eventually(async () => expect((await listed(title)).events[0].status).toBe('on_sale'), compared);
    expect(deaf).toHaveBeenCalled();
    deaf.mockRestore();
  });
});
