import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventStatus } from '../../../src/database/schema.ts';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { listInPostgres } from './old-search.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  await service.db
    .insertInto('keyword_mappings')
    .values([
      { korean: '각간', english: 'AB' },
      { korean: '각간 갈', english: 'aB c' },
      { korean: '감', english: '$&' },
    ])
    .execute();
});
afterAll(() => service.stop());

// Each syllable has a final, and no two make one that is typed on: so nothing is found by a part of a syllable, which is new.
const text = (maxLength: number) =>
  fc
    .string({ unit: fc.constantFrom(...'각간갈감강AaBbc12%_\\$& '), minLength: 1, maxLength })
    .map((each) => each.replace(/ +/g, ' ').trim() || '각');
const statuses = ['on_sale', 'upcoming', 'sold_out', 'ended', 'cancelled'] as const;
const days = fc.integer({ min: -3, max: 3 });

const event = fc.record({
  title: text(12),
  artist_name: text(5),
  venue: text(5),
  address: text(5),
  status: fc.constantFrom<EventStatus>(...statuses),
  day: days,
  saleFrom: days,
  saleDays: fc.integer({ min: 1, max: 4 }),
  prices: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
  stock: fc.constantFrom(0, 1),
  seats: fc.constantFrom(0, 0, 1),
});

const filter = fc.record({
  status: fc.constantFrom<EventStatus | undefined>(undefined, ...statuses),
  q: fc.option(text(4), { nil: undefined }),
  page: fc.integer({ min: 1, max: 3 }),
  limit: fc.constantFrom(1, 3, 1_000),
});

async function insert(events: (typeof event extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> {
  // Half an hour aside, so that no status changes while this runs.
  const inDays = (count: number) => new Date(Date.now() + count * 86_400_000 + 1_800_000);
  const rows = events.map(({ day, saleFrom, saleDays, prices, stock, seats, ...rest }) => ({
    row: {
      ...rest,
      id: randomUUID(),
      event_date: inDays(day),
      sale_start_date: inDays(saleFrom),
      sale_end_date: inDays(saleFrom + saleDays),
    },
    prices,
    stock,
    seats,
  }));
  await service.db
    .insertInto('events')
    .values(rows.map(({ row }) => row))
    .execute();
  const types = rows.flatMap(({ row, prices, stock }) =>
    prices.map((price, index) => ({
      event_id: row.id,
      name: `${index}`,
      price,
      total_quantity: stock,
      available_quantity: stock,
    })),
  );
  if (types.length > 0) await service.db.insertInto('ticket_types').values(types).execute();
  const seats = rows.flatMap(({ row, seats }) =>
    Array.from({ length: seats }, () => ({
      event_id: row.id,
      section: 'A',
      row_number: 1,
      seat_number: 1,
      seat_label: 'A-1-1',
      price: 3,
    })),
  );
  if (seats.length > 0) await service.db.insertInto('seats').values(seats).execute();
}

test('lists and searches in memory are those that PostgreSQL would answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 30 }),
      fc.array(filter, { minLength: 15, maxLength: 15 }),
      async (events, filters) => {
        await sql`DELETE FROM events`.execute(service.db);
        await insert(events);
        await service.refresh();
        for (const each of filters) {
          const { status = 'all', q, page, limit } = each;
          const parameters = new URLSearchParams({
            status,
            page: `${page}`,
            limit: `${limit}`,
            ...(q && { q }),
          });
          const { body } = await ask(service.app, { url: `/api/v1/events?${parameters}` });
          expect(body, JSON.stringify(each)).toEqual(await listInPostgres(service.db, each));
        }
      },
    ),
    { numRuns: 15 },
  );
});
