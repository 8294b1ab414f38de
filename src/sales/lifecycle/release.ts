import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Changes, EventVersion, SeatChange, StockChange } from '../../realtime/changes.ts';

/** What an operation changed, and why it was refused if it was. A refused operation may change something too: see `confirm.ts`. */
export interface Effect {
  changes: Changes[];
  refusal?: ErrorCode;
}

export function refuse(refusal: ErrorCode): Effect {
  return { changes: [], refusal };
}

/**
 * Ends reservations whose rows the caller has locked. The triggers of migrations 0003 and 0013 free their seats and stock, and make payments
 * due for refund. A payment stays `completed` until its refund is noted.
 *
 * @returns what is free again
 */
export async function release(
  trx: Db,
  reservationIds: string[],
  status: 'cancelled' | 'expired',
): Promise<Changes[]> {
  await sql`
    UPDATE reservations SET
      status = ${status},
      updated_at = now(),
      refund_due = refund_due OR payment_status = 'completed' AND total_amount > 0,
      refunded_at = CASE WHEN payment_status = 'completed' AND total_amount > 0 THEN NULL ELSE refunded_at END,
      -- Nothing is left to pay back if the parts that cost money were cancelled before.
      payment_status = CASE WHEN refunded_at IS NOT NULL AND total_amount = 0 THEN 'refunded' ELSE payment_status END,
      -- An operator may have entered a payment by hand.
      paid_at = CASE WHEN payment_status = 'completed' THEN coalesce(paid_at, now()) ELSE paid_at END
    WHERE id = ANY (${reservationIds}::uuid[])`.execute(trx);
  return await claimedBy(trx, reservationIds);
}

/**
 * Reads the seats and the stock that the reservations claim or claimed, without that of hidden ticket types, and the versions of their events, as they are now.
 *
 * Each list of ids is made into an array first, so that PostgreSQL uses the primary keys even if a table has no statistics yet. With a
 * join, 500 reservations made it read whole tables.
 */
export async function claimedBy(trx: Db, reservationIds: string[]): Promise<Changes[]> {
  const { rows } = await sql<{
    seats: (SeatChange & Of)[];
    stock: (StockChange & Of)[];
    events: (EventVersion & Of)[];
  }>`
    WITH item AS MATERIALIZED (
      SELECT seat_id, ticket_type_id FROM reservation_items
      WHERE reservation_id = ANY (ARRAY(SELECT unnest(${reservationIds}::uuid[])))
    ), seat AS MATERIALIZED (
      SELECT event_id, id, status, version FROM seats
      WHERE id = ANY (ARRAY(SELECT seat_id FROM item WHERE seat_id IS NOT NULL))
    ), stock AS MATERIALIZED (
      SELECT event_id, id, available_quantity, total_quantity, version, hidden FROM ticket_types
      WHERE id = ANY (ARRAY(SELECT ticket_type_id FROM item WHERE ticket_type_id IS NOT NULL))
    )
    SELECT
      (SELECT coalesce(json_agg(json_build_object(
          'eventId', event_id, 'seatId', id, 'status', status, 'version', version)), '[]') FROM seat) AS seats,
      (SELECT coalesce(json_agg(json_build_object(
          'eventId', event_id, 'ticketTypeId', id, 'availableQuantity', available_quantity,
          'totalQuantity', total_quantity, 'version', version)), '[]') FROM stock WHERE NOT hidden) AS stock,
      (SELECT coalesce(json_agg(json_build_object(
          'eventId', event_id, 'version', version, 'availableSeats', available,
          'from', version - (changed_in IS NOT DISTINCT FROM pg_current_xact_id_if_assigned())::integer)), '[]')
        FROM event_seats
        WHERE event_id = ANY (ARRAY(SELECT event_id FROM seat UNION SELECT event_id FROM stock))) AS events`.execute(
    trx,
  );
  const [{ seats, stock, events }] = rows as [(typeof rows)[0]];
  const byEvent = new Map<string, Changes>();
  for (const event of events) byEvent.set(event.eventId, { ...event, seats: [], stock: [] });
  for (const { eventId, ...seat } of seats) byEvent.get(eventId)?.seats.push(seat);
  for (const { eventId, ...each } of stock) byEvent.get(eventId)?.stock.push(each);
  return [...byEvent.values()];
}

interface Of {
  eventId: string;
}
