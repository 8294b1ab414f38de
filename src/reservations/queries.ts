import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Db } from '../database/database.ts';
import { effectiveStatus } from '../sales/lifecycle/effective-status.ts';
import { dueRefunds } from '../sales/lifecycle/refund.ts';

function reservationsOf(db: Db, userId: string) {
  return db
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .where('reservations.user_id', '=', userId)
    .select((reservation) => [
      'reservations.id',
      'reservations.reservation_number',
      'reservations.total_amount',
      effectiveStatus.as('status'),
      'reservations.payment_status',
      'reservations.refund_due',
      dueRefunds.as('refund_due_amount'),
      'reservations.created_at',
      'reservations.expires_at',
      'reservations.event_id',
      'events.title as event_title',
      'events.venue',
      'events.event_date',
      jsonArrayFrom(
        reservation
          .selectFrom('reservation_items as item')
          .leftJoin('ticket_types', 'ticket_types.id', 'item.ticket_type_id')
          .leftJoin('seats', 'seats.id', 'item.seat_id')
          .select([
            sql<string>`coalesce(ticket_types.name, seats.seat_label)`.as('ticketTypeName'),
            sql<number>`item.quantity - item.cancelled_quantity`.as('quantity'),
            'item.unit_price as unitPrice',
            sql<number>`(item.quantity - item.cancelled_quantity) * item.unit_price::bigint`.as('subtotal'),
            'seats.seat_label as seatLabel',
            'seats.section',
          ])
          .whereRef('item.reservation_id', '=', 'reservations.id')
          .whereRef('item.cancelled_quantity', '<', 'item.quantity')
          .orderBy('ticket_types.name')
          .orderBy('seats.section')
          .orderBy('seats.row_number')
          .orderBy('seats.seat_number'),
      ).as('items'),
    ]);
}

/**
 * The user's reservations, newest first.
 *
 * @param after the last reservation of the previous page; the page starts after it
 * @returns the page, and whether more follow
 */
export async function listReservations(db: Db, userId: string, limit: number, after: string | undefined) {
  let query = reservationsOf(db, userId);
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(reservations.created_at, reservations.id) <
        (SELECT last.created_at, last.id FROM reservations last WHERE last.id = ${after} AND last.user_id = ${userId})`,
    );
  }
  const rows = await query
    .orderBy('reservations.created_at', 'desc')
    .orderBy('reservations.id', 'desc')
    .limit(limit + 1)
    .execute();
  return { reservations: rows.slice(0, limit), more: rows.length > limit };
}

/** A reservation, or `undefined` if it isn't the user's. */
export async function getReservation(db: Db, userId: string, reservationId: string) {
  return await reservationsOf(db, userId)
    .select(['reservations.payment_method', 'events.address'])
    .where('reservations.id', '=', reservationId)
    .executeTakeFirst();
}

/** The event of a reservation, or `undefined` if it isn't the user's. */
export async function getEventOfReservation(
  db: Db,
  userId: string,
  reservationId: string,
): Promise<string | undefined> {
  const reservation = await db
    .selectFrom('reservations')
    .select('event_id')
    .where('id', '=', reservationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return reservation?.event_id;
}

/** A time in JSON, as the driver reads it elsewhere. */
export function time<Column extends string>(column: Column) {
  return sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`.as(
    column,
  );
}

function payments(db: Db) {
  return db.selectFrom('reservations').select((reservation) => [
    'id',
    'reservation_number',
    'user_id',
    'event_id',
    'total_amount',
    effectiveStatus.as('status'),
    'payment_status',
    'payment_method',
    'payment_id',
    'paid_at',
    'refund_due',
    'refunded_at',
    dueRefunds.as('refund_due_amount'),
    jsonArrayFrom(
      reservation
        .selectFrom('refunds')
        .select(['id', 'payment_id', 'amount', 'reason', time('due_at'), time('refunded_at')])
        .whereRef('reservation_id', '=', 'reservations.id')
        .orderBy('refunds.due_at')
        .orderBy('refunds.id'),
    ).as('refunds'),
  ]);
}

/** A reservation of any user with its payment, or `undefined` if there is none. */
export async function getPayment(db: Db, reservationId: string) {
  return await payments(db).where('id', '=', reservationId).executeTakeFirst();
}

/**
 * Reservations with a refund due, the oldest payment first.
 *
 * @param after the last reservation of the previous page; the page starts after it
 * @returns the page, and whether more follow
 */
export async function listRefundsDue(db: Db, limit: number, after: string | undefined) {
  let query = payments(db).where('refund_due', '=', true);
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(paid_at, id) > (SELECT last.paid_at, last.id FROM reservations last WHERE last.id = ${after})`,
    );
  }
  const rows = await query
    .orderBy('paid_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return { reservations: rows.slice(0, limit), more: rows.length > limit };
}
