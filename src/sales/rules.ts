import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { Problem } from '../errors.ts';
import { newReservationNumber } from './reservation-number.ts';

/**
 * The status that counts: a hold that is over is over, whether the sweep has been there or not.
 * For queries over `reservations`.
 */
export const effectiveStatus = sql<'pending' | 'confirmed' | 'cancelled' | 'expired'>`
  CASE WHEN reservations.status = 'pending' AND reservations.expires_at <= now() THEN 'expired'
       ELSE reservations.status END`;

/**
 * Whether the event sells at this moment, by the database's clock.
 *
 * @throws Problem EVENT_NOT_FOUND, EVENT_CANCELLED, SALE_NOT_STARTED, SALE_ENDED, SOLD_OUT
 */
export async function requireOnSale(db: Db, eventId: string): Promise<void> {
  const event = await db
    .selectFrom('events')
    .select([
      'status',
      sql<boolean>`now() < sale_start_date`.as('early'),
      sql<boolean>`now() >= least(sale_end_date, event_date)`.as('late'),
    ])
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (!event) throw new Problem('EVENT_NOT_FOUND');
  if (event.status === 'cancelled') throw new Problem('EVENT_CANCELLED');
  if (event.status === 'ended' || event.late) throw new Problem('SALE_ENDED');
  if (event.early) throw new Problem('SALE_NOT_STARTED');
  if (event.status === 'sold_out') throw new Problem('SOLD_OUT');
}

/**
 * Lets one request of a user for an event decide at a time, until the transaction ends: the limits per user are counted
 * and then acted upon, and two requests at once must not both count the same free allowance.
 */
export async function oneAtATime(trx: Db, userId: string, eventId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${userId}/${eventId}`}, 0))`.execute(trx);
}

/** What the user holds or owns of the event. */
export async function countClaims(
  trx: Db,
  userId: string,
  eventId: string,
): Promise<{ seats: number; tickets: number }> {
  return await trx
    .selectFrom('reservations')
    .innerJoin('reservation_items as item', 'item.reservation_id', 'reservations.id')
    .select([
      sql<number>`count(item.seat_id)`.as('seats'),
      sql<number>`coalesce(sum(item.quantity) FILTER (WHERE item.ticket_type_id IS NOT NULL), 0)`.as(
        'tickets',
      ),
    ])
    .where('reservations.user_id', '=', userId)
    .where('reservations.event_id', '=', eventId)
    .where('item.released_at', 'is', null)
    .where(effectiveStatus, 'in', ['pending', 'confirmed'])
    .executeTakeFirstOrThrow();
}

/** Writes the reservation that claims will belong to; its time runs by the database's clock. */
export async function insertReservation(
  trx: Db,
  reservation: { userId: string; eventId: string; totalAmount: number; holdSeconds: number },
): Promise<{ id: string; reservationNumber: string; totalAmount: number; expiresAt: string }> {
  return await trx
    .insertInto('reservations')
    .values({
      id: randomUUID(),
      reservation_number: newReservationNumber(),
      user_id: reservation.userId,
      event_id: reservation.eventId,
      total_amount: reservation.totalAmount,
      expires_at: sql<string>`now() + make_interval(secs => ${reservation.holdSeconds})`,
    })
    .returning([
      'id',
      'reservation_number as reservationNumber',
      'total_amount as totalAmount',
      'expires_at as expiresAt',
    ])
    .executeTakeFirstOrThrow();
}
