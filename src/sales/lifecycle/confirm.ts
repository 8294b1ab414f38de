import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { lockNames } from '../../idempotency/advisory-locks.ts';
import { pairKey } from '../../idempotency/lock-names.ts';
import type { Limits } from '../limits.ts';
import { changesIn } from './changes.ts';
import { effectiveStatus } from './effective-status.ts';
import { isEventOver } from './event-over.ts';
import { lockClaims } from './lock-claims.ts';
import { makeDue } from './refund.ts';
import { type Effect, refuse, release } from './release.ts';

export interface Payment {
  reservationId: string;
  /** The payment service's own id; one payment pays one reservation. */
  paymentId: string;
  paymentMethod: string;
  /** Whole won. */
  amount: number;
}

/** SQLSTATEs of a claim that can't be taken again: the seat has another claim, the stock doesn't suffice, or the event has closed. */
const GONE = /^(23505|23514|40001)$/;

interface Confirmation extends Effect {
  /** The reservation is confirmed by this payment, and was not before. */
  confirmed?: true;
}

/**
 * Notes a payment: the reservation is confirmed, and its seats are sold. A payment that comes after the hold expired claims the same
 * seats and stock again, if all of them are free and the user stays within the limits. For an event that is cancelled or has begun,
 * every payment is too late. A payment that was noted before changes nothing.
 *
 * It is refused with RESERVATION_NOT_FOUND, AMOUNT_MISMATCH, ALREADY_PAID (by another payment), PAYMENT_REUSED (it paid another
 * reservation) or PAYMENT_TOO_LATE. Two of them have an effect all the same: with ALREADY_PAID this payment is due for refund, with
 * PAYMENT_TOO_LATE the reservation ends as well.
 */
export async function confirmReservation(trx: Db, payment: Payment, defaults: Limits): Promise<Confirmation> {
  const { reservationId, paymentId } = payment;
  const owner = await trx
    .selectFrom('reservations')
    .select(['user_id', 'event_id'])
    .where('id', '=', reservationId)
    .executeTakeFirst();
  if (!owner) return refuse('RESERVATION_NOT_FOUND');
  // One payment must not pay two reservations at once, and the user must get nothing else of the event while a late payment is counted.
  // The rows that are read below stay as they are until the transaction ends.
  await lockNames(trx, [`payment/${paymentId}`, pairKey(owner.user_id, owner.event_id)]);
  const reservation = await trx
    .selectFrom('reservations')
    .select([
      'status as status_kept',
      effectiveStatus.as('status'),
      'total_amount',
      'payment_id',
      'confirmed_at',
    ])
    .where('id', '=', reservationId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const { status, payment_id } = reservation;
  // Even if the reservation was cancelled since: the payment came in time, and is refunded like any other.
  if (payment_id === paymentId)
    return reservation.confirmed_at === null ? refuse('PAYMENT_TOO_LATE') : { changes: [] };
  const used = await isUsed(trx, paymentId);
  if (payment_id !== null || (status === 'confirmed' && reservation.total_amount > 0)) {
    // The money was taken all the same.
    if (!used) await makeDue(trx, reservationId, { paymentId, amount: payment.amount, reason: 'paid_twice' });
    return refuse('ALREADY_PAID');
  }
  if (reservation.total_amount !== payment.amount) return refuse('AMOUNT_MISMATCH');
  if (used) return refuse('PAYMENT_REUSED');
  if (status === 'confirmed') {
    // A free one needed no payment. That it is reported does no harm.
    await note(trx, payment, {});
    return { changes: [] };
  }

  const inTime = status === 'pending';
  const late = status === 'expired' && !(await isTooMuch(trx, reservationId, owner, defaults));
  if ((inTime || late) && !(await isEventOver(trx, owner.event_id))) {
    await sql`SAVEPOINT unpaid`.execute(trx);
    try {
      if (late) await lockClaims(trx, reservationId);
      await note(trx, payment, {
        status: 'confirmed',
        payment_status: 'completed',
        confirmed_at: sql<string>`now()`,
      });
      return { changes: await changesIn(trx, [owner.event_id]), confirmed: true };
    } catch (error) {
      if (!GONE.test(String((error as { code?: unknown }).code))) throw error;
      await sql`ROLLBACK TO SAVEPOINT unpaid`.execute(trx);
    }
  }
  const changes = reservation.status_kept === 'pending' ? await release(trx, [reservationId], 'expired') : [];
  await note(trx, payment, { refund_due: payment.amount > 0 });
  return { changes, refusal: 'PAYMENT_TOO_LATE' };
}

/** Whether the payment paid a reservation, or was the second one of a reservation. */
async function isUsed(trx: Db, paymentId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM reservations WHERE payment_id = ${paymentId}
    UNION ALL SELECT FROM refunds WHERE payment_id = ${paymentId} AND reason = 'paid_twice'`.execute(trx);
  return rows.length > 0;
}

/** Whether the reservation would take the user over a limit, together with their other claims on the event. */
async function isTooMuch(
  trx: Db,
  reservationId: string,
  { user_id, event_id }: { user_id: string; event_id: string },
  defaults: Limits,
): Promise<boolean> {
  const { rows } = await sql<{ is_too_much: boolean }>`
    SELECT count(item.seat_id) > coalesce(event.max_seats_per_user, ${defaults.maxSeatsPerUser}::integer)
      OR coalesce(sum(item.quantity - item.cancelled_quantity) FILTER (WHERE item.ticket_type_id IS NOT NULL), 0)
        > coalesce(event.max_tickets_per_user, ${defaults.maxTicketsPerUser}::integer) AS is_too_much
    FROM events event, (
      SELECT id FROM reservations
      WHERE user_id = ${user_id} AND event_id = ${event_id}
        AND status IN ('pending', 'confirmed') AND (status = 'confirmed' OR expires_at > now())
      UNION SELECT ${reservationId}::uuid
    ) AS reservation (id)
    JOIN reservation_items item ON item.reservation_id = reservation.id AND item.cancelled_quantity < item.quantity
    WHERE event.id = ${event_id}
    GROUP BY event.id`.execute(trx);
  return rows[0]?.is_too_much ?? false;
}

async function note(
  trx: Db,
  { reservationId, paymentId, paymentMethod }: Payment,
  outcome:
    | { status: 'confirmed'; payment_status: 'completed'; confirmed_at: ReturnType<typeof sql<string>> }
    | { refund_due?: boolean },
): Promise<void> {
  await trx
    .updateTable('reservations')
    .set({
      payment_id: paymentId,
      payment_method: paymentMethod,
      paid_at: sql<string>`now()`,
      updated_at: sql`now()`,
      ...outcome,
    })
    .where('id', '=', reservationId)
    .execute();
}
