import { CompiledQuery, sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Statement } from '../../database/statements.ts';
import { LOCK_NOT_AVAILABLE } from '../../errors/postgres-failures.ts';
import type { Changes } from '../../realtime/changes.ts';
import { release } from './release.ts';

/** Holds that one transaction ends. */
export const ENDED_AT_ONCE = 500;

export interface Expired {
  changes: Changes[];
  /** How many holds were ended. */
  holds: number;
}

/** Whether to wait for seats and stock that another transaction has locked, or to leave out the holds that claim them. */
export type Locked = 'wait' | 'leave out';

/** How long a transaction waits for a seat or for stock. */
const LOCK_TIMEOUT_MS = 500;

/**
 * Lets PostgreSQL use the indexes. Right after a rush it has no statistics of the new rows: for each 500 holds it would read and sort all
 * that are overdue, which takes 15 to 40 ms for 50,000. The index takes half a ms.
 */
export const ENDING: Statement<object> = {
  name: 'ending-holds',
  text: `SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
  values: [],
};

/** Ends holds in a transaction. If a row of some of them stays locked, it ends the others. */
export async function endHolds<T>(db: Db, end: (trx: Db, locked: Locked) => Promise<T>): Promise<T> {
  return await unlessLocked(
    () => attempt(db, 'wait', end),
    () => attempt(db, 'leave out', end),
  );
}

/** Ends holds in the other way if a row stays locked in the first one. */
export async function unlessLocked<T>(end: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  try {
    return await end();
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    return await otherwise();
  }
}

/** Ends holds in a transaction. @throws PostgreSQL's error; LOCK_NOT_AVAILABLE if it waits and a row stays locked */
export async function attempt<T>(
  db: Db,
  locked: Locked,
  end: (trx: Db, locked: Locked) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    await trx.executeQuery(CompiledQuery.raw(ENDING.text));
    return await end(trx, locked);
  });
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
  /** Live claims of the overdue holds that were left out, because another transaction is working on them. */
  busy: Claim[];
  /** There may be more holds in the way. */
  more: boolean;
}

/**
 * Ends holds whose time is up and that are in the way of requests, before the sweep gets to them. It runs in a transaction of its own:
 * it locks reservations before seats and stock, and a batch locks only the latter. It leaves out holds that are being ended or paid at
 * this moment, so that one stuck row doesn't stop all requests.
 */
export async function expireInTheWay(db: Db, eventId: string, wanted: Wanted): Promise<InTheWay> {
  return await endHolds(db, async (trx, locked) => {
    const overdue = sql`status = 'pending' AND expires_at <= now()`;
    const found = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE id = ANY (ARRAY(${holdsOf(eventId, wanted)})) AND ${overdue}
      LIMIT ${ENDED_AT_ONCE}`.execute(trx);
    const more = found.rows.length === ENDED_AT_ONCE;
    if (found.rows.length === 0) return { changes: [], holds: 0, busy: [], more };
    const mine = await sql<{ id: string }>`
      SELECT id FROM reservations WHERE id = ANY (${ids(found.rows)}::uuid[]) AND ${overdue}
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
    const { changes, ended } = await expire(trx, ids(mine.rows), locked);
    const leftOut = ids(found.rows).filter((id) => !ended.has(id));
    const busy = leftOut.length === 0 ? [] : await liveClaimsOf(trx, leftOut);
    return { changes, holds: ended.size, busy, more };
  });
}

/** Ends reservations whose rows the caller has locked. */
export async function expire(
  trx: Db,
  holds: string[],
  locked: Locked,
  status: 'expired' | 'cancelled' = 'expired',
): Promise<{ changes: Changes[]; ended: Set<string> }> {
  const ended = new Set(locked === 'wait' || holds.length === 0 ? holds : await withoutLocked(trx, holds));
  return { changes: ended.size === 0 ? [] : await release(trx, [...ended], status), ended };
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

/**
 * Locks the seats and the stock of holds without waiting, and those of several events only if the versions of these aren't locked. For
 * one event alone it is worth the wait: batches lock its version for a moment, again and again.
 *
 * @returns the holds of which none was locked by another transaction
 */
async function withoutLocked(trx: Db, reservationIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH item AS MATERIALIZED (
      SELECT reservation_id, seat_id, ticket_type_id FROM reservation_items
      WHERE reservation_id = ANY (${reservationIds}::uuid[]) AND released_at IS NULL
    ), seat AS MATERIALIZED (
      SELECT id FROM seats WHERE id = ANY (ARRAY(SELECT seat_id FROM item WHERE seat_id IS NOT NULL))
      FOR NO KEY UPDATE SKIP LOCKED
    ), stock AS MATERIALIZED (
      SELECT id FROM ticket_types WHERE id = ANY (ARRAY(SELECT ticket_type_id FROM item WHERE ticket_type_id IS NOT NULL))
      FOR NO KEY UPDATE SKIP LOCKED
    ), hold AS MATERIALIZED (
      SELECT id, event_id FROM reservations WHERE id = ANY (${reservationIds}::uuid[])
    ), event AS MATERIALIZED (
      SELECT event_id FROM event_seats WHERE event_id = ANY (ARRAY(SELECT event_id FROM hold))
      FOR NO KEY UPDATE SKIP LOCKED
    )
    SELECT id FROM hold
    WHERE (event_id IN (TABLE event) OR (SELECT count(DISTINCT event_id) FROM hold) = 1) AND id NOT IN (
      SELECT reservation_id FROM item WHERE coalesce(seat_id, ticket_type_id) NOT IN (TABLE seat UNION ALL TABLE stock)
    )`.execute(trx);
  return ids(rows);
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
