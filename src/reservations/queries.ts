import { type RawBuilder, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Db } from '../database/database.ts';
import { effectiveStatus } from '../sales/lifecycle/effective-status.ts';
import { dueRefunds } from '../sales/lifecycle/refund.ts';

function reservationsOf(db: Db, userId: string) {
  return db
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .where('reservations.user_id', '=', userId)
    .select([
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
      'events.timezone',
      'events.poster_image_url',
      itemsOf(db, sql`item.quantity - item.cancelled_quantity`).as('items'),
    ]);
}

/** The seats and ticket types of which a reservation has, or has cancelled, a quantity above 0. */
function itemsOf(db: Db, quantity: RawBuilder<unknown>) {
  return jsonArrayFrom(
    db
      .selectFrom('reservation_items as item')
      .leftJoin('ticket_types', 'ticket_types.id', 'item.ticket_type_id')
      .leftJoin('seats', 'seats.id', 'item.seat_id')
      .select([
        sql<string>`coalesce(ticket_types.name, seats.seat_label)`.as('ticketTypeName'),
        sql<number>`${quantity}`.as('quantity'),
        'item.unit_price as unitPrice',
        sql<number>`(${quantity}) * item.unit_price::bigint`.as('subtotal'),
        'seats.seat_label as seatLabel',
        'seats.section',
        'item.seat_id as seatId',
        'item.ticket_type_id as ticketTypeId',
      ])
      .where(sql<boolean>`item.reservation_id = reservations.id AND ${quantity} > 0`)
      .orderBy('ticket_types.name')
      .orderBy('seats.section')
      .orderBy('seats.row_number')
      .orderBy('seats.seat_number'),
  );
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

/**
 * A reservation, or `undefined` if it isn't the user's.
 *
 * @param extendSeconds how much time an extension adds, unless the event says otherwise
 */
export async function getReservation(db: Db, userId: string, reservationId: string, extendSeconds: number) {
  return await reservationsOf(db, userId)
    .select([
      'reservations.payment_method',
      'events.address',
      itemsOf(db, sql`item.cancelled_quantity`).as('cancelled_items'),
      jsonArrayFrom(refundsOf(db).select(['amount', 'reason', time('due_at'), time('refunded_at')])).as(
        'refunds',
      ),
      sql<number>`CASE WHEN ${effectiveStatus} = 'pending' AND reservations.extended_at IS NULL
          AND events.status <> 'cancelled' AND events.event_date > statement_timestamp()
        THEN coalesce(events.extend_seconds, ${extendSeconds}::integer) ELSE 0 END`.as('extend_seconds'),
    ])
    .where('reservations.id', '=', reservationId)
    .executeTakeFirst();
}

/** A time in JSON, as the driver reads it elsewhere. */
export function time<Column extends string>(column: Column) {
  return sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`.as(
    column,
  );
}

function refundsOf(db: Db) {
  return db
    .selectFrom('refunds')
    .where(sql<boolean>`refunds.reservation_id = reservations.id`)
    .orderBy('refunds.due_at')
    .orderBy('refunds.id');
}

function payments(db: Db) {
  return db
    .selectFrom('reservations')
    .select([
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
        refundsOf(db).select(['id', 'payment_id', 'amount', 'reason', time('due_at'), time('refunded_at')]),
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
