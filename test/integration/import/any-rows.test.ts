import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { runImport } from './run.ts';
import { createSource, type Source } from './source.ts';

let source: Source;
let target: TestDatabase;

beforeAll(async () => {
  [source, target] = await Promise.all([createSource(), createTestDatabase({ poolSize: 2 })]);
});
afterAll(async () => {
  await source.drop();
  await target.drop();
});

const status = fc.constantFrom('pending', 'confirmed', 'cancelled', 'expired', 'no_show', null);
const payment = fc.constantFrom('pending', 'completed', 'completed', 'failed', 'refunded', null);
/** Null: none. */
const one = (of: number) => fc.option(fc.nat(of - 1), { freq: 6 });
const amount = fc.oneof(fc.constantFrom(0, 1_000, 2_000, 3_000), fc.integer({ min: -10, max: 100_000 }));
const when = fc.integer({ min: 1, max: 28 }).map((day) => `2025-02-${String(day).padStart(2, '0')} 12:00`);

/** One large world meets as many combinations as many small ones, and takes two imports. RUNS looks at more of them. */
const EVENTS = 6;
const SEATS = 15;
const TYPES = 8;
const world = fc.record({
  events: fc.array(
    fc.record({
      title: fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => text.replaceAll('\u0000', '')),
      status: fc.constantFrom('upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled', null),
      sale_start_date: when,
      sale_end_date: fc.oneof(when, fc.constantFrom('2099-01-01', 'infinity', '-infinity')),
      event_date: fc.oneof(when, fc.constantFrom('2099-02-01', 'infinity', '0044-03-15 BC')),
    }),
    { minLength: EVENTS, maxLength: EVENTS },
  ),
  seats: fc.array(
    fc.record({
      event: one(EVENTS),
      section: fc.constantFrom('A', '가', '가'.normalize('NFD')),
      row_number: fc.integer({ min: -1, max: 2 }),
      status: fc.constantFrom('available', 'reserved', 'locked', 'held', null),
      price: fc.integer({ min: -1, max: 2_000 }),
    }),
    { minLength: SEATS, maxLength: SEATS },
  ),
  types: fc.array(
    fc.record({
      event: one(EVENTS),
      name: fc.constantFrom('R', 'S', '가', '가'.normalize('NFD')),
      total_quantity: fc.integer({ min: -1, max: 6 }),
      available_quantity: fc.integer({ min: -3, max: 8 }),
    }),
    { minLength: TYPES, maxLength: TYPES },
  ),
  reservations: fc.array(
    fc.record({
      event: one(EVENTS),
      status,
      payment_status: payment,
      payment_method: fc.constantFrom('kakao_pay', 'bank_transfer', null),
      total_amount: amount,
      created_at: when,
      expires_at: fc.constantFrom(null, '2024-01-01', '2099-01-01'),
      items: fc.array(
        fc.record({
          seat: one(SEATS),
          type: fc.option(fc.nat(TYPES - 1), { freq: 1 }),
          quantity: fc.integer({ min: -1, max: 4 }),
          unit_price: amount,
          subtotal: amount,
        }),
        { maxLength: 4 },
      ),
    }),
    { minLength: 20, maxLength: 40 },
  ),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

async function fill({ events, seats, types, reservations }: World): Promise<void> {
  const uuid = (kind: number, n: number) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const ref = (kind: number, n: number | null) => (n === null ? null : uuid(kind, n));
  const user = uuid(1, 0);
  await source.addAll('users', [{ id: user }]);
  await source.addAll(
    'events',
    events.map((row, n) => ({ id: uuid(2, n), ...row })),
  );
  await source.addAll(
    'seats',
    seats.map(({ event, ...row }, n) => ({
      id: uuid(3, n),
      event_id: ref(2, event),
      seat_number: n,
      ...row,
    })),
  );
  await source.addAll(
    'ticket_types',
    types.map(({ event, ...row }, n) => ({ id: uuid(4, n), event_id: ref(2, event), ...row })),
  );
  await source.addAll(
    'reservations',
    reservations.map(({ event, items: _, ...row }, n) => ({
      id: uuid(5, n),
      user_id: user,
      event_id: ref(2, event),
      ...row,
    })),
  );
  await source.addAll(
    'reservation_items',
    reservations.flatMap(({ items }, n) =>
      items.map(({ seat, type, ...row }) => ({
        reservation_id: uuid(5, n),
        seat_id: ref(3, seat),
        ticket_type_id: ref(4, type),
        ...row,
      })),
    ),
  );
}

/** Payments that are known, and amounts: neither may be lost or invented. */
async function moneyOf(): Promise<unknown[]> {
  const before = await source.db
    .selectFrom('reservations')
    .select(['id', 'payment_status', 'total_amount'])
    .execute();
  const after = await target.db
    .selectFrom('reservations')
    .select(['id', 'status', 'payment_status', 'refund_due', 'total_amount'])
    .execute();
  return before.map((was) => {
    const now = after.find(({ id }) => id === was.id);
    const paid = was.payment_status === 'completed' && (now?.total_amount ?? 0) > 0;
    const kept = now?.status === 'confirmed' || now?.refund_due === true;
    const asPaid = now?.payment_status === 'completed' && now.total_amount > 0;
    const amountStays = was.total_amount < 0 || now?.total_amount === was.total_amount;
    return {
      id: was.id,
      right: amountStays && (paid ? kept && asPaid : !asPaid && now?.refund_due === false),
    };
  });
}

test('whatever rows there are, the promises hold and every row is accounted for, and a second run adds nothing', async () => {
  await fc.assert(
    fc
      .asyncProperty(world, async (rows) => {
        await fill(rows);
        const { unexplained } = await runImport(source, target);
        expect(unexplained).toEqual([]);
        await expectInvariants(target.db);
        expect((await moneyOf()).filter((one) => !(one as { right: boolean }).right)).toEqual([]);
        const again = await runImport(source, target);
        expect(again.unexplained).toEqual([]);
        expect(again.findings.filter(({ rule }) => !rule.startsWith('without-'))).toEqual([]);
      })
      .afterEach(async () => {
        await Promise.all([source.clear(), target.clear()]);
      }),
    { numRuns: Number(process.env.RUNS ?? 1) },
  );
}, 600_000);
