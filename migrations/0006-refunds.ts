import { type Kysely, sql } from 'kysely';

/**
 * A payment is `refunded` once the money moved, and not while its refund is due: a buyer who cancels reads `completed` and `refund_due`
 * until the payment service notes the refund.
 *
 * Earlier builds wrote both at once. None of them runs beside this one, because the keys in Redis have changed as well.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    UPDATE reservations SET payment_status = 'completed' WHERE refund_due AND payment_status = 'refunded'`.execute(
    db,
  );
  await sql`
    ALTER TABLE reservations
      ADD CONSTRAINT due_refunds_are_not_made CHECK (NOT (refund_due AND payment_status = 'refunded'))`.execute(
    db,
  );
}
