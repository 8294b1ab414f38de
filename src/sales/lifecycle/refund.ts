import { sql } from 'kysely';
import { type Actor, record } from '../../audit/record.ts';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';

/**
 * Notes that a payment was paid back, so that the refund is no longer due. Noting it again changes nothing.
 *
 * @returns why it is refused, if it is: RESERVATION_NOT_FOUND, REFUND_NOT_DUE
 */
export async function noteRefund(
  trx: Db,
  reservationId: string,
  actor: Actor,
): Promise<ErrorCode | undefined> {
  const reservation = await trx
    .selectFrom('reservations')
    .select(['event_id', 'refund_due', 'refunded_at', 'payment_id', 'payment_status'])
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
  const { event_id, refund_due, payment_id, payment_status } = reservation;
  await record(trx, actor, {
    action: 'reservation.refunded',
    entityId: reservationId,
    eventId: event_id,
    before: { payment_id, payment_status, refund_due },
    after: { payment_id, payment_status: 'refunded', refund_due: false },
  });
  return undefined;
}
