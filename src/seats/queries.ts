import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { effectiveStatus } from '../sales/lifecycle/effective-status.ts';
import { dueRefunds } from '../sales/lifecycle/refund.ts';

/** The halls, in the order of their names. */
export async function listSeatLayouts(db: Db) {
  return await db
    .selectFrom('seat_layouts')
    .select(['id', 'name', 'description', 'total_seats', 'layout_config'])
    .orderBy('name')
    .execute();
}

/** A reservation with its event and seats, for a payment page. `undefined` if it isn't the user's. */
export async function getSeatReservation(db: Db, userId: string, reservationId: string) {
  const reservation = await db
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .select([
      'reservations.id',
      'reservations.reservation_number',
      'reservations.total_amount',
      effectiveStatus.as('status'),
      'reservations.payment_status',
      'reservations.refund_due',
      dueRefunds.as('refund_due_amount'),
      'reservations.payment_method',
      'reservations.expires_at',
      'reservations.created_at',
      'reservations.event_id',
      'events.title as event_title',
      'events.venue',
      'events.event_date',
    ])
    .where('reservations.id', '=', reservationId)
    .where('reservations.user_id', '=', userId)
    .executeTakeFirst();
  if (!reservation) return undefined;

  const seats = await db
    .selectFrom('reservation_items')
    .innerJoin('seats', 'seats.id', 'reservation_items.seat_id')
    .select([
      'seats.id as seatId',
      'seats.seat_label as seatLabel',
      'seats.section',
      'seats.row_number as rowNumber',
      'seats.seat_number as seatNumber',
      'reservation_items.unit_price as price',
    ])
    .where('reservation_items.reservation_id', '=', reservationId)
    .where('reservation_items.cancelled_quantity', '=', 0)
    .orderBy('seats.section')
    .orderBy('seats.row_number')
    .orderBy('seats.seat_number')
    .execute();
  return { ...reservation, isExpired: reservation.status === 'expired', seats };
}

/** The seats that users hold and have not paid for. @returns for each user the events, and the seats in each */
export async function heldSeatsOf(
  db: Db,
  userIds: string[],
): Promise<{ eventId: string; seatIds: string[] }[][]> {
  const rows = await db
    .selectFrom('reservations')
    .innerJoin('reservation_items as item', 'item.reservation_id', 'reservations.id')
    .select(['reservations.user_id', 'reservations.event_id as eventId'])
    .select(sql<string[]>`array_agg(item.seat_id ORDER BY item.position)`.as('seatIds'))
    .where(sql<boolean>`reservations.user_id = ANY (${userIds}::uuid[])`)
    .where('reservations.status', '=', 'pending')
    .where(effectiveStatus, '=', 'pending')
    .where('item.seat_id', 'is not', null)
    .where('item.released_at', 'is', null)
    .groupBy(['reservations.user_id', 'reservations.event_id'])
    .execute();
  const byUser = Map.groupBy(rows, ({ user_id }) => user_id);
  return userIds.map((userId) =>
    (byUser.get(userId) ?? []).map(({ eventId, seatIds }) => ({ eventId, seatIds })),
  );
}
