import { sql } from 'kysely';
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

/** What requests want of an event: certain seats, any seat, certain stock. */
export interface Wanted {
  seatIds: string[];
  anySeat: boolean;
  ticketTypeIds: string[];
}

export interface Claim {
  seat_id: string | null;
  ticket_type_id: string | null;
}

interface InTheWay extends Expired {
  /** Live claims of overdue holds that another transaction is working on. */
  busy: Claim[];
  /** There may be more holds in the way. */
  more: boolean;
}

/**
 * Ends holds whose time is up and that are in the way of requests, before the sweep gets to them. It runs in a transaction of its own:
 * it locks reservations before seats and stock, and a batch locks only the latter. It leaves out holds that are being ended or paid at
 * this moment, so that one stuck row doesn't stop all requests.
 *
 * @param lockTimeoutMs how long it waits for a seat or for stock
 */
export async function expireInTheWay(
  db: Db,
  eventId: string,
  wanted: Wanted,
  lockTimeoutMs: number,
): Promise<InTheWay> {
  return await db.transaction().execute(async (trx) => {
    await byIndex(trx);
    await sql`SELECT set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`.execute(trx);
    const overdue = sql`status = 'pending' AND expires_at <= now()`;
    const found = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE id = ANY (ARRAY(${holdsOf(eventId, wanted)})) AND ${overdue}
      LIMIT ${ENDED_AT_ONCE}`.execute(trx);
    const more = found.rows.length === ENDED_AT_ONCE;
    if (found.rows.length === 0) return { changes: [], holds: 0, busy: [], more };
    const locked = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE id = ANY (${ids(found.rows)}::uuid[]) AND ${overdue}
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
    const ended = new Set(ids(locked.rows));
    const skipped = ids(found.rows).filter((id) => !ended.has(id));
    const busy = skipped.length === 0 ? [] : await liveClaimsOf(trx, skipped);
    const changes = ended.size === 0 ? [] : await release(trx, [...ended], 'expired');
    return { changes, holds: ended.size, busy, more };
  });
}

/**
 * For named seats there are few claims. Otherwise it scans the holds that are overdue and not swept yet, oldest first, through
 * `reservations_expiring`. Each OFFSET 0 keeps the planner from reading whole tables for a join instead.
 */
function holdsOf(eventId: string, { seatIds, anySeat, ticketTypeIds }: Wanted) {
  const ofSeats = sql`SELECT reservation_id FROM reservation_items
    WHERE seat_id = ANY (${seatIds}::uuid[]) AND released_at IS NULL`;
  if (!anySeat && ticketTypeIds.length === 0) return ofSeats;
  const claim = sql`(${anySeat} AND item.seat_id IS NOT NULL OR item.ticket_type_id = ANY (${ticketTypeIds}::uuid[]))`;
  return sql`${ofSeats} UNION ALL (
    SELECT id FROM (
      SELECT id, event_id FROM reservations WHERE status = 'pending' AND expires_at <= now() ORDER BY expires_at OFFSET 0
    ) AS hold
    WHERE event_id = ${eventId}::uuid
      AND EXISTS (SELECT FROM reservation_items item WHERE item.reservation_id = hold.id AND ${claim} OFFSET 0)
    LIMIT ${ENDED_AT_ONCE})`;
}

async function liveClaimsOf(trx: Db, reservationIds: string[]): Promise<Claim[]> {
  const { rows } = await sql<Claim>`
    SELECT seat_id, ticket_type_id FROM reservation_items
    WHERE reservation_id = ANY (${reservationIds}::uuid[]) AND released_at IS NULL`.execute(trx);
  return rows;
}

export function ids(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
