import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { forgetOldChanges } from '../../../src/live/forget-old-changes.ts';
import { seedEvent } from '../../support/events.ts';
import { type State, stateInDatabase } from '../../support/live-state.ts';
import { usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

async function versionOf(eventId: string): Promise<Pick<State, 'version' | 'layout'>> {
  const { version, layout } = await stateInDatabase(plain.db, eventId);
  return { version, layout };
}

/** How the work changes the version of an event, and whether it changes the layout. */
async function changeBy(
  eventId: string,
  work: () => Promise<unknown>,
): Promise<[versions: number, layout: boolean]> {
  const before = await versionOf(eventId);
  await work();
  const { version, layout } = await versionOf(eventId);
  return [version - before.version, layout !== before.layout];
}

const ONE_VERSION = [1, false];
const ONE_LAYOUT = [1, true];

/** Several statements in one transaction. */
const together = (...statements: RawBuilder<unknown>[]) =>
  plain.db.transaction().execute(async (trx) => {
    for (const statement of statements) await statement.execute(trx);
  });

test('each commit in the life of a reservation raises the version of its event by one', async () => {
  const { eventId, seat, free, type, reservation } = await plain.begin();
  const turn = (id: string, status: string) => () => plain.turn(id, status).execute(plain.db);
  const claiming = () => plain.claim(eventId, { seats: [free], tickets: [[type, 1]] });
  expect(await changeBy(eventId, claiming)).toEqual(ONE_VERSION);
  expect(await changeBy(eventId, turn(reservation, 'confirmed'))).toEqual(ONE_VERSION);
  expect(await changeBy(eventId, turn(reservation, 'cancelled'))).toEqual(ONE_VERSION);
  const late = await plain.claim(eventId, { seats: [seat], tickets: [[type, 1]] });
  expect(await changeBy(eventId, turn(late, 'expired'))).toEqual(ONE_VERSION);
  expect(await changeBy(eventId, turn(late, 'confirmed'))).toEqual(ONE_VERSION);
  const tickets = await plain.claim(eventId, { tickets: [[type, 1]] });
  expect(await changeBy(eventId, turn(tickets, 'confirmed')), 'neither seats nor stock').toEqual([0, false]);
});

test('several statements in one transaction raise the version of each event that they touch by one', async () => {
  const [one, other] = [await plain.begin(), await plain.begin()];
  const end = (id: string) => plain.turn(id, 'expired');
  const total = (type: string) =>
    sql`UPDATE ticket_types SET total_quantity = total_quantity + 1 WHERE id = ${type}`;
  const work = () =>
    together(
      total(one.type),
      end(one.reservation),
      total(other.type),
      total(one.type),
      end(other.reservation),
    );
  const before = await versionOf(other.eventId);
  expect(await changeBy(one.eventId, work)).toEqual(ONE_VERSION);
  expect(await versionOf(other.eventId)).toEqual({ ...before, version: before.version + 1 });
});

test('a savepoint that is rolled back leaves one version, and a transaction that is rolled back none', async () => {
  const { eventId, type, reservation } = await plain.begin();
  const total = sql`UPDATE ticket_types SET total_quantity = total_quantity + 1 WHERE id = ${type}`;
  const undone = [
    sql`SAVEPOINT s`,
    plain.turn(reservation, 'confirmed'),
    total,
    sql`ROLLBACK TO SAVEPOINT s`,
  ];
  expect(await changeBy(eventId, () => together(...undone))).toEqual([0, false]);
  expect(await changeBy(eventId, () => together(...undone, total))).toEqual(ONE_VERSION);
  expect(await changeBy(eventId, () => together(sql`SAVEPOINT s`, total, sql`RELEASE s`, total))).toEqual(
    ONE_VERSION,
  );
  const broken = together(total, sql`SELECT 1 / 0`).catch(() => undefined);
  expect(await changeBy(eventId, () => broken)).toEqual([0, false]);
});

test("an operator's statement raises the version, and the layout if it changes what a seat map shows", async () => {
  const { eventId, seat, free, type } = await plain.begin();
  const by = async (statement: RawBuilder<unknown>) =>
    await changeBy(eventId, () => statement.execute(plain.db));
  expect(await by(sql`UPDATE seats SET seat_label = 'Z' WHERE event_id = ${eventId}`)).toEqual(ONE_LAYOUT);
  expect(await by(sql`UPDATE seats SET price = 7 WHERE id = ${seat}`)).toEqual(ONE_LAYOUT);
  expect(await by(sql`UPDATE seats SET price = 7 WHERE id = ${seat}`), 'the same').toEqual([0, false]);
  expect(await by(sql`UPDATE seats SET section = 'B', row_number = 2 WHERE id = ${free}`)).toEqual(
    ONE_LAYOUT,
  );
  expect(await by(sql`DELETE FROM seats WHERE id = ${free}`)).toEqual(ONE_LAYOUT);
  const copy = sql`
    INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price)
    SELECT event_id, section, 9, seat_number, seat_label, price FROM seats WHERE event_id = ${eventId}`;
  expect(await by(copy)).toEqual(ONE_LAYOUT);
  expect(await by(sql`UPDATE ticket_types SET total_quantity = 9 WHERE id = ${type}`)).toEqual(ONE_VERSION);
  expect(await by(sql`UPDATE ticket_types SET price = 9 WHERE id = ${type}`), 'no stock').toEqual([0, false]);
  const added = sql`
    INSERT INTO ticket_types (event_id, name, price, total_quantity, available_quantity)
    SELECT ${eventId}, 'type ' || n, 1, n, 0 FROM generate_series(5, 7) AS n`;
  expect(await by(added)).toEqual(ONE_VERSION);
  expect(await by(sql`DELETE FROM ticket_types WHERE event_id = ${eventId} AND price = 1`)).toEqual(
    ONE_LAYOUT,
  );
});

test('an event without seats has a version, and deleting an event removes it', async () => {
  const { eventId } = await seedEvent(plain.db);
  expect(await versionOf(eventId)).toEqual({ version: 1, layout: 1 });
  const { eventId: full } = await seedEvent(plain.db, { seats: 2, stock: [2] });
  await sql`DELETE FROM events WHERE id = ANY (${[eventId, full]}::uuid[])`.execute(plain.db);
  const { rows } = await sql`SELECT FROM event_seats`.execute(plain.db);
  expect(rows).toEqual([]);
});

test('a sale and a change of the layout in one transaction are one version, which is noted with its layout', async () => {
  const { eventId, seat, reservation } = await plain.begin();
  const label = sql`UPDATE seats SET seat_label = 'Z' WHERE id = ${seat}`;
  expect(await changeBy(eventId, () => together(plain.turn(reservation, 'expired'), label))).toEqual(
    ONE_LAYOUT,
  );
  const { version, layout } = await versionOf(eventId);
  const noted = await plain.db
    .selectFrom('event_changes')
    .select(['layout', 'seat_ids'])
    .where('event_id', '=', eventId)
    .where('version', '=', version)
    .execute();
  expect(noted).toEqual([{ layout, seat_ids: [seat] }]);
});

test('an event and its seats may be added by one statement, in any order', async () => {
  const id = crypto.randomUUID();
  const { eventId } = await seedEvent(plain.db);
  await sql`
    WITH added AS (
      INSERT INTO events (id, title, venue, event_date, sale_start_date, sale_end_date)
      SELECT ${id}, title, venue, event_date, sale_start_date, sale_end_date FROM events WHERE id = ${eventId})
    INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price)
    VALUES (${id}, 'A', 1, 1, 'A-1', 5)`.execute(plain.db);
  expect(await versionOf(id)).toEqual({ version: 2, layout: 2 });
});

test('a stock that moves to another event changes both', async () => {
  const { eventId, ticketTypeIds } = await seedEvent(plain.db, { stock: [5] });
  const { eventId: other } = await seedEvent(plain.db);
  const before = await versionOf(other);
  const move = () =>
    sql`UPDATE ticket_types SET event_id = ${other} WHERE id = ${ticketTypeIds[0]}`.execute(plain.db);
  expect(await changeBy(eventId, move)).toEqual(ONE_LAYOUT);
  expect(await versionOf(other)).toEqual({ version: before.version + 1, layout: before.version + 1 });
});

/** Brings a state to the newest version by what is noted of each. */
async function replayed(before: State): Promise<State> {
  const { eventId, version, layout } = before;
  const noted = await plain.db
    .selectFrom('event_changes')
    .selectAll()
    .where('event_id', '=', eventId)
    .where('version', '>', version)
    .orderBy('version')
    .execute();
  const after = structuredClone(before);
  for (const each of noted) {
    expect(each.version, 'no version is left out').toBe(after.version + 1);
    expect(each.layout).toBe(layout);
    after.version = each.version;
    for (const [at, id] of each.seat_ids.entries())
      after.seats[id] = [each.seat_statuses[at] as number, Number(each.seat_versions[at])];
    for (const [at, id] of each.ticket_type_ids.entries())
      after.stock[id] = [
        each.available_quantities[at] as number,
        each.total_quantities[at] as number,
        Number(each.stock_versions[at]),
      ];
  }
  return after;
}

test('what is noted of the versions leads from any state to the present one, whatever happens at once', async () => {
  const events = await Promise.all([1, 2].map(() => seedEvent(plain.db, { seats: 12, stock: [30, 20] })));
  const before = await Promise.all(events.map(({ eventId }) => stateInDatabase(plain.db, eventId)));
  const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;
  const made: string[] = [];

  async function act(): Promise<void> {
    const { eventId, seatIds, ticketTypeIds } = pick(events);
    const [id, other] = [pick(made), pick(made)];
    if (!id || !other || Math.random() < 0.4) {
      made.push(await plain.claim(eventId, { seats: [pick(seatIds)], tickets: [[pick(ticketTypeIds), 1]] }));
    } else if (Math.random() < 0.3) {
      const total = sql`UPDATE ticket_types SET total_quantity = total_quantity + 1 WHERE id = ${pick(ticketTypeIds)}`;
      await together(
        sql`SET LOCAL lock_timeout = 200`,
        plain.turn(id, pick(['expired', 'confirmed'])),
        total,
      );
    } else {
      const status = pick(['expired', 'cancelled']);
      await sql`
        UPDATE reservations SET status = ${status}, refund_due = paid_at IS NOT NULL
        WHERE id = ANY (${[id, other]}::uuid[]) AND status IN ('pending', 'confirmed')`.execute(plain.db);
    }
  }

  // Many are refused, and leave no version.
  const worker = async () => {
    for (let deed = 0; deed < 30; deed++) await act().catch(() => undefined);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  for (const state of before) {
    const now = await stateInDatabase(plain.db, state.eventId);
    expect(now.version).toBeGreaterThan(state.version + 20);
    expect(await replayed(state)).toEqual(now);
  }
});

test('changes that are older than ten minutes are forgotten, and younger ones are not', async () => {
  const { eventId } = await plain.begin();
  const { version } = await versionOf(eventId);
  await sql`UPDATE event_changes SET changed_at = now() - interval '11 minutes' WHERE version < ${version}`.execute(
    plain.db,
  );
  while ((await forgetOldChanges(plain.db)).more);
  const left = await plain.db.selectFrom('event_changes').select('version').execute();
  expect(left).toEqual([{ version }]);
});
