import { type ExpressionBuilder, sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Db } from '../../database/database.ts';
import type { Database } from '../../database/schema.ts';
import { isUuid } from '../../lib/uuid.ts';
import { time } from '../../reservations/queries.ts';
import { effectiveStatus } from '../../sales/lifecycle/effective-status.ts';
import { dueRefunds } from '../../sales/lifecycle/refund.ts';

export interface Filter {
  number?: string;
  user_id?: string;
  status?: 'pending' | 'confirmed' | 'cancelled' | 'expired';
  /** A label or an id. */
  seat?: string;
  ticket_type_id?: string;
  payment_id?: string;
  refund_due?: 'true' | 'false';
  /** Bounds of `created_at`: from this time on, and before that one. */
  from?: string;
  to?: string;
}

export interface Page {
  limit: number;
  /** The last reservation of the previous page. */
  after: string | undefined;
}

const columns = [
  'reservations.id',
  'reservations.reservation_number',
  'reservations.user_id',
  'reservations.event_id',
  'reservations.total_amount',
  'reservations.payment_status',
  'reservations.payment_method',
  'reservations.payment_id',
  'reservations.refund_due',
  'reservations.created_at',
  'reservations.expires_at',
  'reservations.extended_at',
  'reservations.paid_at',
  'reservations.confirmed_at',
  'reservations.refunded_at',
] as const;

function reservations(db: Db) {
  return db
    .selectFrom('reservations')
    .innerJoin('events', 'events.id', 'reservations.event_id')
    .select((reservation) => [
      ...columns,
      effectiveStatus.as('status'),
      'events.title as event_title',
      dueRefunds.as('refund_due_amount'),
      items(reservation).as('items'),
      refunds(reservation).as('refunds'),
    ]);
}

function items(reservation: ExpressionBuilder<Database, 'reservations'>) {
  return jsonArrayFrom(
    reservation
      .selectFrom('reservation_items as item')
      .leftJoin('ticket_types', 'ticket_types.id', 'item.ticket_type_id')
      .leftJoin('seats', 'seats.id', 'item.seat_id')
      .select([
        'item.position',
        'item.seat_id',
        'seats.seat_label',
        'seats.section',
        'item.ticket_type_id',
        'ticket_types.name as ticket_type_name',
        'item.quantity',
        'item.unit_price',
        'item.cancelled_quantity',
        sql<number>`(item.quantity - item.cancelled_quantity) * item.unit_price::bigint`.as('subtotal'),
        time('released_at'),
      ])
      .whereRef('item.reservation_id', '=', 'reservations.id')
      .orderBy('item.position'),
  );
}

function refunds(reservation: ExpressionBuilder<Database, 'reservations'>) {
  return jsonArrayFrom(
    reservation
      .selectFrom('refunds')
      .select(['id', 'payment_id', 'amount', 'reason', time('due_at'), time('refunded_at')])
      .whereRef('reservation_id', '=', 'reservations.id')
      .orderBy('refunds.due_at')
      .orderBy('refunds.id'),
  );
}

/** The reservations of an event, newest first, and whether more follow. */
export async function listEventReservations(db: Db, eventId: string, filter: Filter, { limit, after }: Page) {
  let query = reservations(db).where('reservations.event_id', '=', eventId);
  if (filter.number !== undefined)
    query = query.where('reservation_number', '=', filter.number.toUpperCase());
  if (filter.user_id !== undefined) query = query.where('user_id', '=', filter.user_id);
  if (filter.status !== undefined) query = query.where(effectiveStatus, '=', filter.status);
  if (filter.payment_id !== undefined) query = query.where('payment_id', '=', filter.payment_id);
  if (filter.refund_due !== undefined) query = query.where('refund_due', '=', filter.refund_due === 'true');
  if (filter.from !== undefined) query = query.where('reservations.created_at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('reservations.created_at', '<', filter.to);
  if (filter.seat !== undefined)
    query = query.where('reservations.id', 'in', claimants(eventId, filter.seat));
  if (filter.ticket_type_id !== undefined) {
    query = query.where(
      sql<boolean>`EXISTS (SELECT FROM reservation_items claim
        WHERE claim.reservation_id = reservations.id AND claim.ticket_type_id = ${filter.ticket_type_id})`,
    );
  }
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(reservations.created_at, reservations.id) <
        (SELECT last.created_at, last.id FROM reservations last WHERE last.id = ${after} AND last.event_id = ${eventId})`,
    );
  }
  const rows = await query
    .orderBy('reservations.created_at', 'desc')
    .orderBy('reservations.id', 'desc')
    .limit(limit + 1)
    .execute();
  return { reservations: rows.slice(0, limit), more: rows.length > limit };
}

/** The reservations that have or had a seat. */
function claimants(eventId: string, seat: string) {
  const ids = isUuid(seat)
    ? sql`ARRAY[${seat}::uuid]`
    : sql`ARRAY(SELECT id FROM seats WHERE event_id = ${eventId} AND seat_label = ANY (${[seat, seat.normalize('NFC'), seat.normalize('NFD')]}::text[]))`;
  return sql<string>`(SELECT reservation_id FROM reservation_items WHERE seat_id = ANY (${ids}))`;
}

/**
 * The reservations of a number, of any event.
 *
 * @param createdBy leaves out events of other organizers
 */
export async function findReservations(db: Db, number: string, createdBy: string | undefined) {
  let query = reservations(db).where('reservation_number', '=', number.toUpperCase());
  if (createdBy !== undefined) query = query.where('events.created_by', '=', createdBy);
  return await query.orderBy('reservations.created_at', 'desc').execute();
}

/** A reservation of any user, or `undefined` if there is none. */
export async function getReservationForOrganizer(db: Db, reservationId: string) {
  return await reservations(db).where('reservations.id', '=', reservationId).executeTakeFirst();
}

export type FoundReservation = NonNullable<Awaited<ReturnType<typeof getReservationForOrganizer>>>;
