import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { runImport } from './run.ts';
import { createSource, type Source } from './source.ts';

let source: Source;
let target: TestDatabase;

beforeAll(async () => {
  [source, target] = await Promise.all([createSource(), createTestDatabase({ poolSize: 2 })]);
});
afterEach(async () => {
  await expectInvariants(target.db);
  await Promise.all([source.clear(), target.clear()]);
});
afterAll(async () => {
  await source.drop();
  await target.drop();
});

/** Every row of the database but the records of the imports. */
async function content(): Promise<unknown[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'imports' ORDER BY 1`.execute(
    target.db,
  );
  const tables = rows.map(
    ({ name }) => sql`SELECT ${name}::text AS name, t::text AS row FROM ${sql.ref(name)} t`,
  );
  const all = await sql`${sql.join(tables, sql` UNION ALL `)} ORDER BY 1, 2`.execute(target.db);
  return all.rows;
}

/** An event with two seats, one sold and one marked as sold, and a stock of which some is sold elsewhere. */
async function sale(): Promise<{ eventId: string; free: string; typeId: string }> {
  const eventId = await source.add('events');
  const sold = await source.add('seats', { event_id: eventId, status: 'reserved' });
  const free = await source.add('seats', { event_id: eventId, status: 'available' });
  await source.add('seats', { event_id: eventId, status: 'reserved' });
  const typeId = await source.add('ticket_types', { event_id: eventId, available_quantity: 3 });
  await buy(eventId, [{ seat_id: sold }, { ticket_type_id: typeId, quantity: 2, subtotal: 2_000 }], {
    total_amount: 3_000,
  });
  await buy(eventId, [{ seat_id: sold }], { status: 'cancelled' });
  return { eventId, free, typeId };
}

async function buy(eventId: string, items: Record<string, unknown>[], row = {}): Promise<string> {
  const id = await source.add('reservations', {
    user_id: await source.add('users'),
    event_id: eventId,
    ...row,
  });
  for (const item of items) await source.add('reservation_items', { reservation_id: id, ...item });
  return id;
}

test('a dry run writes nothing, and neither does a second run', async () => {
  await sale();
  const empty = await content();
  const { text } = await runImport(source, target, { dryRun: true });
  expect(text).toContain('paid-but-ended');
  expect(await content()).toEqual(empty);
  expect(await target.db.selectFrom('imports').select('id').execute()).toEqual([]);

  await runImport(source, target);
  const before = await content();
  expect(before).not.toEqual(empty);
  const { findings, unexplained } = await runImport(source, target);
  expect({ findings, unexplained }).toEqual({ findings: [], unexplained: [] });
  expect(await content()).toEqual(before);
});

test('money that moved in the source after a reservation was imported is named', async () => {
  const eventId = await source.add('events');
  const typeId = await source.add('ticket_types', { event_id: eventId });
  const begin = (row: Record<string, unknown>) => buy(eventId, [{ ticket_type_id: typeId }], row);
  const unpaid = { status: 'pending', payment_status: 'pending', expires_at: '2024-01-01' };
  const [paid, refunded, cancelled] = [await begin(unpaid), await begin({}), await begin({})];
  await begin({});
  await runImport(source, target);
  const set = (id: string, row: object) =>
    source.db.updateTable('reservations').set(row).where('id', '=', id).execute();
  await set(paid, { status: 'confirmed', payment_status: 'completed' });
  await set(refunded, { status: 'cancelled', payment_status: 'refunded' });
  await set(cancelled, { status: 'cancelled' });
  await sql`UPDATE events SET status = 'cancelled' WHERE id = ${eventId}`.execute(source.db);
  const { text, unexplained } = await runImport(source, target, { dryRun: true });
  const since = (entity: string, id: string) => ({ entity, id });
  expect(unexplained.sort((a, b) => (a.entity < b.entity ? -1 : 1))).toEqual([
    since('events, cancelled since they were imported', eventId),
    since('reservations, cancelled since they were imported', cancelled),
    since('reservations, paid since they were imported', paid),
    since('reservations, refunded since they were imported', refunded),
  ]);
  expect(text).not.toContain('is accounted for');
});

test('a later run brings what is new, and leaves what was sold here since', async () => {
  const { eventId, free, typeId } = await sale();
  await runImport(source, target);
  // Sold here.
  const id = randomUUID();
  await sql`
    WITH reserved AS (
      INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at)
      VALUES (${id}, 'TKABCDEFGHIJKL', ${randomUUID()}, ${eventId}, 1000, now() + interval '1 hour'))
    INSERT INTO reservation_items (reservation_id, position, seat_id, quantity, unit_price) VALUES (${id}, 1, ${free}, 1, 1000)`.execute(
    target.db,
  );
  // Sold there: the same seat, and more tickets than are left here.
  const late = await buy(eventId, [{ seat_id: free }]);
  const tickets = await buy(eventId, [{ ticket_type_id: typeId, quantity: 5, subtotal: 5_000 }], {
    total_amount: 5_000,
  });
  const { findings, unexplained } = await runImport(source, target);
  expect(unexplained).toEqual([]);
  expect(findings.map((line) => `${line.rule} ${line.id}`).sort()).toEqual(
    [`seat-sold-twice ${late}`, `stock-oversold ${typeId}`].sort(),
  );
  const states = await target.db.selectFrom('reservations').select(['id', 'status', 'refund_due']).execute();
  expect(states).toEqual(
    expect.arrayContaining([
      { id, status: 'pending', refund_due: false },
      { id: late, status: 'cancelled', refund_due: true },
      { id: tickets, status: 'confirmed', refund_due: false },
    ]),
  );
});

test('interrupted between two events, the next run brings the others', async () => {
  const events = [await sale(), await sale(), await sale()];
  const stop = new Error('stopped');
  let writes = 0;
  const progress = (phase: string) => {
    if (phase === 'Write' && ++writes === 4) throw stop;
  };
  await expect(runImport(source, target, { progress, chunkRows: 1 })).rejects.toBe(stop);
  const some = await target.db.selectFrom('events').select('id').execute();
  expect(some.length).toBeGreaterThan(0);
  expect(some.length).toBeLessThan(events.length);
  await expectInvariants(target.db);
  expect((await runImport(source, target)).unexplained).toEqual([]);
  expect(await target.db.selectFrom('events').select('id').execute()).toHaveLength(events.length);
  expect(await target.db.selectFrom('blocked_seats').select('seat_id').execute()).toHaveLength(events.length);
});

test('what gets lost on the way is named, so that the proof can fail', async () => {
  await sale();
  await source.add('keyword_mappings', { id: 1, korean: '가수', english: 'singer' });
  await sql`CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`.execute(
    target.db,
  );
  await sql`
    CREATE TRIGGER lose BEFORE INSERT ON reservation_items FOR EACH ROW WHEN (NEW.released_at IS NOT NULL) EXECUTE FUNCTION lose()`.execute(
    target.db,
  );
  await sql`CREATE TRIGGER lose BEFORE INSERT ON keyword_mappings FOR EACH ROW EXECUTE FUNCTION lose()`.execute(
    target.db,
  );
  try {
    const { text, unexplained } = await runImport(source, target);
    expect(unexplained.map(({ entity }) => entity).sort()).toEqual([
      'keyword_mappings',
      'reservation_items',
      'reservation_items',
    ]);
    expect(text).toContain('Not explained by any rule:');
  } finally {
    await sql`DROP FUNCTION lose CASCADE`.execute(target.db);
  }
});
