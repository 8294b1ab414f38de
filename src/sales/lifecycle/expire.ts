import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Changes } from '../../realtime/changes.ts';
import { release } from './release.ts';

/** Holds that one transaction ends. */
export const ENDED_AT_ONCE = 500;

export interface Expired {
  changes: Changes[];
  /** How many holds were ended. */
  holds: number;
}

/**
 * Makes PostgreSQL use the index. Right after a rush it has no statistics of the new rows: for each 500 holds it would read and sort all
 * that are overdue, which takes 15 to 40 ms for 50,000. The index takes half a ms.
 */
export async function byIndex(trx: Db): Promise<void> {
  await sql`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`.execute(
    trx,
  );
}

/** Claims that are in the way of a request: on certain seats, on certain stock, or on any seat of an event. */
export type InTheWay = { seatIds: string[] } | { ticketTypeIds: string[] } | { seatsOfEvent: string };

/**
 * Ends holds whose time is up and that are in the way of a request, before the sweep gets to them. It runs in a transaction of its own:
 * it locks reservations before seats and stock, and a batch locks only the latter.
 */
export async function expireInTheWay(db: Db, what: InTheWay): Promise<Expired> {
  return await db.transaction().execute(async (trx) => {
    await byIndex(trx);
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM reservations
      WHERE id = ANY (ARRAY(${holdsOf(what)})) AND status = 'pending' AND expires_at <= now()
      ORDER BY id FOR NO KEY UPDATE`.execute(trx);
    const changes = rows.length === 0 ? [] : await release(trx, ids(rows), 'expired');
    return { changes, holds: rows.length };
  });
}

/**
 * For named seats there are few claims. Otherwise it scans the holds that are overdue and not swept yet, oldest first, through
 * `reservations_expiring`. Each OFFSET 0 keeps the planner from reading whole tables for a join instead.
 */
function holdsOf(what: InTheWay): RawBuilder<unknown> {
  if ('seatIds' in what) {
    return sql`SELECT reservation_id FROM reservation_items
      WHERE seat_id = ANY (${what.seatIds}::uuid[]) AND released_at IS NULL`;
  }
  const overdue = (event: RawBuilder<unknown>, claim: RawBuilder<unknown>) => sql`
    SELECT id FROM (
      SELECT id, event_id FROM reservations WHERE status = 'pending' AND expires_at <= now() ORDER BY expires_at OFFSET 0
    ) AS hold
    WHERE event_id = ${event}
      AND EXISTS (SELECT FROM reservation_items item WHERE item.reservation_id = hold.id AND ${claim} OFFSET 0)
    LIMIT ${ENDED_AT_ONCE}`;
  if ('seatsOfEvent' in what) return overdue(sql`${what.seatsOfEvent}::uuid`, sql`item.seat_id IS NOT NULL`);
  const types = sql`ANY (${what.ticketTypeIds}::uuid[])`;
  return overdue(
    sql`ANY (ARRAY(SELECT event_id FROM ticket_types WHERE id = ${types}))`,
    sql`item.ticket_type_id = ${types}`,
  );
}

/** Does the same for the claims that a reservation had before it ended, to make room for a late payment. */
export async function expireInTheWayOf(db: Db, reservationId: string): Promise<Expired[]> {
  const { rows } = await sql<{ seat_id: string | null; ticket_type_id: string | null }>`
    SELECT seat_id, ticket_type_id FROM reservation_items
    WHERE reservation_id = ${reservationId} AND released_at IS NOT NULL`.execute(db);
  const seatIds = rows.flatMap(({ seat_id }) => seat_id ?? []);
  const ticketTypeIds = rows.flatMap(({ ticket_type_id }) => ticket_type_id ?? []);
  return [
    ...(seatIds.length > 0 ? [await expireInTheWay(db, { seatIds })] : []),
    ...(ticketTypeIds.length > 0 ? [await expireInTheWay(db, { ticketTypeIds })] : []),
  ];
}

export function ids(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
