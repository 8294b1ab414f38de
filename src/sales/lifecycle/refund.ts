import { sql } from 'kysely';
import { type Actor, record } from '../../audit/record.ts';
import type { Db } from '../../database/database.ts';
import type { RefundReason } from '../../database/schema.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';

/** What is due for refund, in won, for queries over `reservations`. */
export const dueRefunds = sql<number>`(
  SELECT coalesce(sum(amount), 0)::bigint FROM refunds
  WHERE refunds.reservation_id = reservations.id AND refunds.refunded_at IS NULL)`;

/** Makes an amount due for refund. The refund of a reservation that ends is made by the triggers of migration 0013. */
export async function makeDue(
  trx: Db,
  reservationId: string,
  { paymentId, amount, reason }: { paymentId: string | null; amount: number; reason: RefundReason },
): Promise<void> {
  if (amount === 0) return;
  await trx
    .insertInto('refunds')
    .values({ reservation_id: reservationId, payment_id: paymentId, amount, reason })
    .execute();
  await sql`
    UPDATE reservations SET
      refund_due = true,
      refunded_at = NULL,
      payment_status = CASE payment_status WHEN 'refunded' THEN 'completed' ELSE payment_status END,
      -- An operator may have entered a payment by hand.
      paid_at = coalesce(paid_at, now()),
      updated_at = now()
    WHERE id = ${reservationId}`.execute(trx);
}

/** The money that was paid back, and who says so. */
export interface RefundNote {
  actor: Actor;
  /** One of the refunds of the reservation. By default all that are due. */
  refundId?: string | undefined;
}

/**
 * Notes that money was paid back, so that its refund is no longer due. Noting it again changes nothing.
 *
 * @returns why it is refused, if it is: RESERVATION_NOT_FOUND, REFUND_NOT_DUE
 */
export async function noteRefund(
  trx: Db,
  reservationId: string,
  { actor, refundId }: RefundNote,
): Promise<ErrorCode | undefined> {
  const before = await paymentOf(trx, reservationId).forNoKeyUpdate().executeTakeFirst();
  if (!before) return 'RESERVATION_NOT_FOUND';
  const refunds = await trx
    .selectFrom('refunds')
    .select(['id', 'refunded_at'])
    .where('reservation_id', '=', reservationId)
    .execute();
  const due = refunds.filter(({ refunded_at }) => refunded_at === null);
  const one = refunds.find(({ id }) => id === refundId);
  if (refundId !== undefined && !one) return 'REFUND_NOT_DUE';
  if (one ? one.refunded_at !== null : before.refunded_at !== null) return undefined;
  if (!before.refund_due) return 'REFUND_NOT_DUE';
  if (one && due.length > 1)
    await sql`UPDATE refunds SET refunded_at = now() WHERE id = ${one.id}`.execute(trx);
  else await noteAll(trx, reservationId);

  const after = await paymentOf(trx, reservationId).executeTakeFirstOrThrow();
  await record(trx, actor, {
    action: 'reservation.refunded',
    entityId: reservationId,
    eventId: before.event_id,
    before: audited(before),
    after: audited(after),
  });
  return undefined;
}

/** A trigger notes it in the rows of `refunds`. */
async function noteAll(trx: Db, reservationId: string): Promise<void> {
  await sql`
    UPDATE reservations SET
      refund_due = false,
      refunded_at = now(),
      payment_status = CASE WHEN status IN ('cancelled', 'expired') THEN 'refunded' ELSE payment_status END,
      updated_at = now()
    WHERE id = ${reservationId}`.execute(trx);
}

type Payment = Awaited<ReturnType<ReturnType<typeof paymentOf>['executeTakeFirstOrThrow']>>;

function paymentOf(trx: Db, reservationId: string) {
  return trx
    .selectFrom('reservations')
    .select([
      'event_id',
      'payment_id',
      'payment_status',
      'refund_due',
      'refunded_at',
      dueRefunds.as('refund_due_amount'),
    ])
    .where('id', '=', reservationId);
}

function audited({ payment_id, payment_status, refund_due, refund_due_amount }: Payment) {
  return { payment_id, payment_status, refund_due, refund_due_amount };
}
