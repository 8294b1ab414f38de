import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { effectiveStatus } from './effective-status.ts';
import { type Effect, refuse, release } from './release.ts';

/**
 * Cancels a reservation of the user. Its seats and stock are free again, and a payment is due for refund. It is refused with
 * RESERVATION_NOT_FOUND (also if it belongs to another user), RESERVATION_NOT_CANCELLABLE (it is cancelled already, or the event has
 * begun) or RESERVATION_EXPIRED.
 */
export async function cancelReservation(trx: Db, userId: string, reservationId: string): Promise<Effect> {
  const reservation = await trx
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .select([effectiveStatus.as('status'), sql<boolean>`events.event_date <= now()`.as('begun')])
    .where('reservations.id', '=', reservationId)
    .where('reservations.user_id', '=', userId)
    .forNoKeyUpdate('reservations')
    .executeTakeFirst();
  if (!reservation) return refuse('RESERVATION_NOT_FOUND');
  if (reservation.status === 'expired') return refuse('RESERVATION_EXPIRED');
  if (reservation.status === 'cancelled' || reservation.begun) return refuse('RESERVATION_NOT_CANCELLABLE');
  return { changes: await release(trx, [reservationId], 'cancelled') };
}
