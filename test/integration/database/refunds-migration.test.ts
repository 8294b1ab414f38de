import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { up } from '../../../migrations/0006-refunds.ts';
import { usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

test('payments that an earlier build called refunded before they were are completed, with their refund due', async () => {
  const [due, made, paid] = [await plain.begin(), await plain.begin(), await plain.begin()];
  for (const { reservation } of [due, made, paid])
    await plain.turn(reservation, 'confirmed').execute(plain.db);
  for (const { reservation } of [due, made]) await plain.turn(reservation, 'cancelled').execute(plain.db);
  await sql`ALTER TABLE reservations DROP CONSTRAINT due_refunds_are_not_made`.execute(plain.db);
  await sql`UPDATE reservations SET payment_status = 'refunded' WHERE id = ${due.reservation}`.execute(
    plain.db,
  );
  await sql`
    UPDATE reservations SET payment_status = 'refunded', refund_due = false, refunded_at = now()
    WHERE id = ${made.reservation}`.execute(plain.db);

  // In a transaction, as `migrateToLatest` does.
  await plain.db.transaction().execute((trx) => up(trx as unknown as Kysely<unknown>));

  const found = await Promise.all(
    [due, made, paid].map(({ reservation }) =>
      plain.db
        .selectFrom('reservations')
        .select(['payment_status', 'refund_due'])
        .where('id', '=', reservation)
        .executeTakeFirstOrThrow(),
    ),
  );
  expect(found).toEqual([
    { payment_status: 'completed', refund_due: true },
    { payment_status: 'refunded', refund_due: false },
    { payment_status: 'completed', refund_due: false },
  ]);
});
