import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';

/**
 * Notes that a payment was paid back, so that the refund is no longer due. Noting it again changes nothing.
 *
 * @returns why it is refused, if it is: RESERVATION_NOT_FOUND, REFUND_NOT_DUE
 */
export async function noteRefund(trx: Db, reservationId: string): Promise<ErrorCode | undefined> {
  const reservation = await trx
    .selectFrom('reservations')
    .select(['refund_due', 'refunded_at'])
    .where('id', '=', reservationId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!reservation) return 'RESERVATION_NOT_FOUND';
  if (reservation.refunded_at !== null) return undefined;
  if (!reservation.refund_due) return 'REFUND_NOT_DUE';
  await trx
    .updateTable('reservations')
    .set({
      refund_due: false,
      refunded_at: sql<string>`now()`,
      payment_status: 'refunded',
      updated_at: sql`now()`,
    })
    .where('id', '=', reservationId)
    .execute();
  return undefined;
}
