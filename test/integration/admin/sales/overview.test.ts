import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { getSalesOverview } from '../../../../src/admin/sales/overview.ts';
import { sellerOf } from '../../../support/seller.ts';
import { type Service, startService } from '../../../support/service.ts';

let service: Service;
let seller: ReturnType<typeof sellerOf>;

beforeAll(async () => {
  service = await startService();
});
beforeEach(() => {
  seller = sellerOf(service);
});
afterAll(() => service.stop());

test('the overview tells what is sold, held and free, the revenue and the refunds due, which the list of events finds', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 20, stock: [10, 5], price: 1_000 });
  const [first, second] = ticketTypeIds as [string, string];
  const buyer = randomUUID();
  await seller.hold(eventId, seatIds.slice(0, 3));
  await seller.pay((await seller.hold(eventId, seatIds.slice(3, 5))).id, 2_000);
  await seller.pay(await seller.buy(eventId, first, 4), 4_000);
  await seller.buy(eventId, second, 1);
  const cancelled = await seller.hold(eventId, seatIds.slice(6, 8), buyer);
  await seller.pay(cancelled.id, 2_000);
  await seller.cancel(cancelled.id, buyer);

  const { status, body, headers } = await seller.get(`/events/${eventId}/sales`);
  expect(status).toBe(200);
  const { version } = await service.db
    .selectFrom('event_seats')
    .select('version')
    .where('event_id', '=', eventId)
    .executeTakeFirstOrThrow();
  const seats = { total: 20, sold: 2, held: 3, free: 15, blocked: 0 };
  expect(body).toEqual({
    event_id: eventId,
    version,
    read_at: expect.any(String),
    reservations: { paid: 2, held: 2 },
    seats,
    tickets: { total: 15, sold: 4, held: 1, free: 10 },
    revenue: 6_000,
    refunds_due: { count: 1, amount: 2_000 },
    sections: [{ section: 'A', ...seats, revenue: 2_000 }],
    ticket_types: expect.arrayContaining([
      { id: first, name: '1등석', total: 10, sold: 4, held: 0, free: 6, revenue: 4_000 },
      { id: second, name: '2등석', total: 5, sold: 0, held: 1, free: 4, revenue: 0 },
    ]),
  });
  const listOf = async (...as: [string?, 'admin'?]) => {
    const { events } = (await seller.get('/events?refund_due=true&limit=100', ...as)).body;
    return events.map(({ id, refunds_due }: { id: string; refunds_due: object }) => ({ id, refunds_due }));
  };
  const due = { id: eventId, refunds_due: { count: 1, amount: 2_000 } };
  expect(await listOf()).toEqual([due]);
  expect(await listOf(randomUUID(), 'admin')).toContainEqual(due);
  expect(await listOf(randomUUID())).toEqual([]);
  const age = Date.parse(headers.date as string) - Date.parse(body.read_at);
  expect(age).toBeGreaterThan(-1_000);
  expect(age).toBeLessThan(10_000);
  const again = await seller.get(`/events/${eventId}/sales`, undefined, undefined, {
    'if-none-match': headers.etag as string,
  });
  expect([again.status, again.text]).toEqual([304, '']);
});

test('a price that changes later does not change the revenue', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 10, price: 1_000 });
  await seller.pay((await seller.hold(eventId, seatIds.slice(0, 1))).id, 1_000);
  await service.db.updateTable('seats').set({ price: 9_000 }).where('event_id', '=', eventId).execute();
  expect((await seller.get(`/events/${eventId}/sales`)).body.revenue).toBe(1_000);
});

test('the figures are those of the version that they name, while it sells', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 40, price: 1_000 });
  // What each version was, noted by PostgreSQL in the transactions that made them.
  await sql`CREATE TABLE IF NOT EXISTS noted (event_id uuid, version bigint, available integer)`.execute(
    service.db,
  );
  await sql`
    CREATE OR REPLACE FUNCTION note_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO noted VALUES (NEW.event_id, NEW.version, NEW.available); RETURN NULL; END $$`.execute(
    service.db,
  );
  await sql`CREATE TRIGGER note_version AFTER UPDATE ON event_seats FOR EACH ROW EXECUTE FUNCTION note_version()`.execute(
    service.db,
  );
  const seen: { version: number; free: number }[] = [];
  let selling = true;
  const reading = (async () => {
    while (selling) {
      const { version, seats } = await getSalesOverview(service.app.reportDb, eventId);
      seen.push({ version, free: seats.free });
    }
  })();
  for (const seatId of seatIds) await seller.hold(eventId, [seatId]);
  selling = false;
  await reading;
  await sql`DROP TRIGGER note_version ON event_seats`.execute(service.db);
  const { rows } = await sql<{ version: number; available: number }>`
    SELECT version, available FROM noted WHERE event_id = ${eventId}`.execute(service.db);
  const noted = new Map(rows.map(({ version, available }) => [version, available]));
  const during = seen.filter(({ version }) => noted.has(version));
  expect(new Set(during.map(({ version }) => version)).size).toBeGreaterThan(3);
  for (const { version, free } of during) expect(free).toBe(noted.get(version));
});

test('all who ask at the same time share one reading', async () => {
  const { eventId } = await seller.seed({ seats: 10 });
  // Within the second that it is kept for, however long all of them take.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  onTestFinished(() => clock.mockRestore());
  const answers = await Promise.all(Array.from({ length: 30 }, () => seller.get(`/events/${eventId}/sales`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await sql`UPDATE ticket_types SET total_quantity = total_quantity WHERE event_id = ${eventId}`.execute(
    service.db,
  );
  expect((await seller.get(`/events/${eventId}/sales`)).headers.etag).toBe(answers[0]?.headers.etag);
});

test('the series has the steps of the event’s time zone', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 10, stock: [10], price: 1_000 });
  await service.db.updateTable('events').set({ timezone: 'Asia/Seoul' }).where('id', '=', eventId).execute();
  const buyer = randomUUID();
  const sold = [
    {
      id: (await seller.hold(eventId, seatIds.slice(0, 2), buyer)).id,
      amount: 2_000,
      at: '2026-03-01T14:59:59Z',
    },
    {
      id: await seller.buy(eventId, ticketTypeIds[0] as string, 3),
      amount: 3_000,
      at: '2026-03-01T15:00:00Z',
    },
  ];
  for (const { id, amount, at } of sold) {
    await seller.pay(id, amount);
    await service.db.updateTable('reservations').set({ confirmed_at: at }).where('id', '=', id).execute();
  }
  await seller.cancel(sold[0]?.id as string, buyer);
  await sql`UPDATE refunds SET due_at = '2026-03-02T01:00:00Z' WHERE reservation_id = ${sold[0]?.id}`.execute(
    service.db,
  );
  const series = async (query: string) => (await seller.get(`/events/${eventId}/sales/series?${query}`)).body;
  const { steps, timezone } = await series('by=day&from=2026-02-25T00:00:00Z&to=2026-03-05T00:00:00Z');
  expect(timezone).toBe('Asia/Seoul');
  const none = { cancelled: 0, cancelled_amount: 0 };
  expect(steps).toEqual([
    { at: '2026-02-28T15:00:00.000Z', reservations: 1, seats: 2, tickets: 0, revenue: 2_000, ...none },
    {
      at: '2026-03-01T15:00:00.000Z',
      reservations: 1,
      seats: 0,
      tickets: 3,
      revenue: 3_000,
      cancelled: 1,
      cancelled_amount: 2_000,
    },
  ]);
  const minutes = await series('by=minute&from=2026-03-01T14:00:00Z&to=2026-03-01T15:00:00Z');
  expect(minutes.steps.map(({ at }: { at: string }) => at)).toEqual(['2026-03-01T14:59:00.000Z']);
});

test('the series tells what was paid, without the parts that were cancelled before', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 3, stock: [10], price: 1_000 });
  const [buyer, type] = [randomUUID(), ticketTypeIds[0] as string];
  const [seats, tickets] = [
    (await seller.hold(eventId, seatIds, buyer)).id,
    await seller.buy(eventId, type, 5, buyer),
  ];
  const cancel = (id: string, items: object[]) => seller.cancel(id, buyer, { items });
  await cancel(seats, [{ seatId: seatIds[0] }]);
  await cancel(tickets, [{ ticketTypeId: type, quantity: 2 }]);
  await seller.pay(seats, 2_000);
  await seller.pay(tickets, 3_000);
  await cancel(seats, [{ seatId: seatIds[1] }]);
  await cancel(tickets, [{ ticketTypeId: type, quantity: 1 }]);
  const { body } = await seller.get(`/events/${eventId}/sales/series?by=day`);
  const sum = (name: string) =>
    body.steps.reduce((total: number, step: Record<string, number>) => total + (step[name] ?? 0), 0);
  expect(['seats', 'tickets', 'revenue', 'cancelled', 'cancelled_amount'].map(sum)).toEqual([
    2, 3, 5_000, 2, 2_000,
  ]);
});
