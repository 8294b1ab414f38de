import { type Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { createPatientDatabase, type Db } from '../../../src/database/database.ts';
import { migrateToLatest } from '../../../src/database/migrate.ts';
import { createTestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { stateInDatabase } from '../../support/live-state.ts';
import { hold, untilEndedOrWaiting, untilLockWaiters } from '../../support/locks.ts';
import { claim } from './plain-sql.ts';

/** The migrations of the versions before the versions of events, and before organizers. */
const BEFORE_VERSIONS = [
  '0001-catalogue',
  '0002-reservations',
  '0003-derived-state',
  '0004-waiting-room',
  '0005-waiting-time-to-live',
  '0006-refunds',
];
const BEFORE_ORGANIZERS = [...BEFORE_VERSIONS, '0007-event-versions', '0008-catalogue'];

/** A database as an earlier version left it. */
async function databaseAt(migrations: string[]) {
  const { db, settings, drop } = await createTestDatabase({ template: 'template0' });
  onTestFinished(drop);
  await db.transaction().execute(async (trx) => {
    await sql`CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL)`.execute(
      trx,
    );
    for (const name of migrations) {
      const { up }: { up(db: Kysely<unknown>): Promise<void> } = await import(
        `../../../migrations/${name}.ts`
      );
      await up(trx as unknown as Kysely<unknown>);
      await sql`INSERT INTO kysely_migration VALUES (${name}, '')`.execute(trx);
    }
  });
  return {
    db,
    /** A connection without time limits: on a busy machine, the migration takes as long as a request waits for a lock. */
    patient(): Db {
      const patient = createPatientDatabase(settings, () => undefined);
      onTestFinished(() => patient.destroy());
      return patient;
    },
  };
}

test.each([
  ['the versions of events', BEFORE_VERSIONS, 2],
  // Seats and stock were added in a version each.
  ['organizers', BEFORE_ORGANIZERS, 4],
])(
  'an instance of the version before %s sells on while another one migrates',
  async (_what, before, versions) => {
    const { db, patient } = await databaseAt(before);
    const [one, other] = [await seedEvent(db, { seats: 3 }), await seedEvent(db, { seats: 3, stock: [5] })];

    const commit = await hold(db, (trx) => claim(trx, one.eventId, { seats: [one.seatIds[0] as string] }));
    const migrating = migrateToLatest(patient());
    await untilLockWaiters(db, 1);
    const selling = claim(patient(), other.eventId, { seats: [other.seatIds[0] as string] });
    // The migration may let it go first.
    await untilEndedOrWaiting(db, selling, 2);
    await commit();
    expect((await migrating).length).toBeGreaterThan(0);
    await selling;
    const { version, seats } = await stateInDatabase(db, other.eventId);
    expect(version).toBe(versions);
    expect(Object.values(seats).map(([status]) => status)).toContain(1);
  },
);

test('a payment on an instance of the version before is no deadlock with the migration', async () => {
  const { db, patient } = await databaseAt(BEFORE_ORGANIZERS);
  const { eventId, seatIds } = await seedEvent(db, { seats: 1 });
  const reservation = await claim(db, eventId, { seats: seatIds });
  const { migrating } = await db.transaction().execute(async (payment) => {
    await sql`SELECT FROM reservations WHERE id = ${reservation} FOR NO KEY UPDATE`.execute(payment);
    const migrating = migrateToLatest(patient());
    await untilLockWaiters(db, 1);
    await sql`SELECT FROM events WHERE id = ${eventId}`.execute(payment);
    await sql`
      UPDATE reservations SET status = 'confirmed', payment_status = 'completed', paid_at = now(), confirmed_at = now()
      WHERE id = ${reservation}`.execute(payment);
    return { migrating };
  });
  expect((await migrating).length).toBeGreaterThan(0);
  await expectInvariants(db);
});

/** As the version before organizers sends them. */
const former = {
  /** Confirms a hold, ends reservations, and notes that one was paid back. */
  confirm: (id: string) => sql`
    UPDATE reservations SET payment_id = ${id}, payment_method = 'card', paid_at = now(), updated_at = now(),
      status = 'confirmed', payment_status = 'completed', confirmed_at = now()
    WHERE id = ${id}`,
  end: (id: string, status: string) => sql`
    UPDATE reservations SET status = ${status}, updated_at = now(), refund_due = refund_due OR payment_status = 'completed',
      paid_at = CASE WHEN payment_status = 'completed' THEN coalesce(paid_at, now()) ELSE paid_at END
    WHERE id = ${id}`,
  refunded: (id: string) => sql`
    UPDATE reservations SET refund_due = false, refunded_at = now(), payment_status = 'refunded', updated_at = now()
    WHERE id = ${id}`,
  payTooLate: (id: string) => sql`
    UPDATE reservations SET payment_id = ${id}, payment_method = 'card', paid_at = now(), updated_at = now(), refund_due = true
    WHERE id = ${id}`,
};

test('what an instance of the version before organizers does after the migration is right', async () => {
  const { db } = await databaseAt(BEFORE_ORGANIZERS);
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, { seats: 6, stock: [20] });
  const [type] = ticketTypeIds as [string];
  let sold = 0;
  const life = async (old: Db) => {
    const hold = () => claim(old, eventId, { seats: [seatIds[sold++] as string], tickets: [[type, 2]] });
    const [paid, refunded, late] = [await hold(), await hold(), await hold()];
    for (const id of [paid, refunded]) await former.confirm(id).execute(old);
    await former.end(refunded, 'cancelled').execute(old);
    await former.end(late, 'expired').execute(old);
    await former.payTooLate(late).execute(old);
    await former.refunded(refunded).execute(old);
    return { paid, refunded, late };
  };
  // One connection, whose functions were planned before the migration.
  const all = await db.connection().execute(async (old) => {
    const before = await life(old);
    const migrating = migrateToLatest(db);
    expect((await migrating).length).toBeGreaterThan(0);
    return [before, await life(old)];
  });
  await expectInvariants(db);
  const refunds = await db
    .selectFrom('refunds')
    .select(['reservation_id', 'reason', 'refunded_at'])
    .execute();
  expect(new Map(refunds.map(({ reservation_id, ...refund }) => [reservation_id, refund]))).toEqual(
    new Map(
      all.flatMap(({ refunded, late }) => [
        [refunded, { reason: 'cancelled', refunded_at: expect.any(String) }],
        [late, { reason: 'too_late', refunded_at: null }],
      ]),
    ),
  );
  expect((await stateInDatabase(db, eventId)).stock[type]?.[0]).toBe(16);
});
