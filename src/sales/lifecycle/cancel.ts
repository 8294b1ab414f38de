import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { PaymentStatus, ReservationStatus } from '../../database/schema.ts';
import { cancelParts, type Part } from './cancel-parts.ts';
import { effectiveStatus } from './effective-status.ts';
import { dueRefunds } from './refund.ts';
import { type Effect, refuse, release } from './release.ts';

export interface Cancellation {
  reservationId: string;
  /** Whose reservation it must be. An organizer cancels those of others, even after the event has begun. */
  userId?: string;
  /** What to give back. By default the whole reservation. */
  parts?: Part[] | undefined;
}

/** What a cancellation leaves. */
export interface Cancelled {
  /** What this cancellation made due for refund, in won. */
  refund_amount: number;
  reservation: {
    id: string;
    status: ReservationStatus;
    payment_status: PaymentStatus;
    /** Of what remains. It stays as it was if nothing does. */
    total_amount: number;
    refund_due: boolean;
    /** Of this and of earlier cancellations. */
    refund_due_amount: number;
  };
}

/**
 * Cancels a reservation or a part of it. Its seats and stock are free again, and what was paid for them is due for refund. Cancelling
 * the last part cancels the reservation. It is refused with RESERVATION_NOT_FOUND (also if it belongs to another user),
 * RESERVATION_NOT_CANCELLABLE (it is cancelled already, the event has begun, or the rest could not have been sold by itself),
 * RESERVATION_EXPIRED or ITEMS_NOT_HELD.
 */
export async function cancelReservation(
  trx: Db,
  { reservationId, userId, parts }: Cancellation,
): Promise<Effect & { cancelled?: Cancelled }> {
  let query = trx
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .select([
      effectiveStatus.as('status'),
      'reservations.event_id',
      'reservations.payment_status',
      'reservations.payment_id',
      'reservations.total_amount',
      // After a postponement, buyers have until the time that was set, whatever the new date.
      sql<boolean>`events.event_date <= now() AND coalesce(events.cancellable_until, events.event_date) <= now()`.as(
        'begun',
      ),
    ])
    .where('reservations.id', '=', reservationId);
  if (userId !== undefined) query = query.where('reservations.user_id', '=', userId);
  const reservation = await query.forNoKeyUpdate('reservations').executeTakeFirst();
  if (!reservation) return refuse('RESERVATION_NOT_FOUND');
  if (reservation.status === 'expired') return refuse('RESERVATION_EXPIRED');
  if (reservation.status === 'cancelled' || (userId !== undefined && reservation.begun))
    return refuse('RESERVATION_NOT_CANCELLABLE');

  const effect =
    parts && (await cancelParts(trx, { id: reservationId, ...reservation }, parts, userId !== undefined));
  if (effect?.refusal) return effect;
  const changes = effect ? effect.changes : await release(trx, [reservationId], 'cancelled');
  const left = await trx
    .selectFrom('reservations')
    .select([
      'id',
      'status',
      'payment_status',
      'total_amount',
      'refund_due',
      dueRefunds.as('refund_due_amount'),
    ])
    .where('id', '=', reservationId)
    .executeTakeFirstOrThrow();
  const paid = reservation.payment_status === 'completed';
  const given = reservation.total_amount - (left.status === 'cancelled' ? 0 : left.total_amount);
  return { changes, cancelled: { refund_amount: paid ? given : 0, reservation: left } };
}
