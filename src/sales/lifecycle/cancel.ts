import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Changes } from '../../realtime/changes.ts';
import { effectiveStatus } from './effective-status.ts';
import { release } from './release.ts';

/**
 * Cancels a reservation of the user: what it claimed is free again, what was paid is due for refund.
 *
 * @returns what is free again, or why not: RESERVATION_NOT_FOUND (also for somebody else's), RESERVATION_NOT_CANCELLABLE
 *   (cancelled already, or the event has begun), RESERVATION_EXPIRED
 */
export async function cancelReservation(
  trx: Db,
  userId: string,
  reservationId: string,
): Promise<Changes[] | ErrorCode> {
  const reservation = await trx
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .select([effectiveStatus.as('status'), sql<boolean>`events.event_date <= now()`.as('begun')])
    .where('reservations.id', '=', reservationId)
    .where('reservations.user_id', '=', userId)
    .forNoKeyUpdate('reservations')
    .executeTakeFirst();
  if (!reservation) return 'RESERVATION_NOT_FOUND';
  if (reservation.status === 'expired') return 'RESERVATION_EXPIRED';
  if (reservation.status === 'cancelled' || reservation.begun) return 'RESERVATION_NOT_CANCELLABLE';
  return await release(trx, [reservationId], 'cancelled');
}
