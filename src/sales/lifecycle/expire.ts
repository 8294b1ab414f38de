import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Changes } from '../../realtime/changes.ts';
import { release } from './release.ts';

const SWEPT_AT_ONCE = 500;
const FORGOTTEN_AT_ONCE = 10_000;

export interface Expired {
  changes: Changes[];
  /** How many holds were ended. */
  holds: number;
}

/**
 * Ends holds whose time is up and frees their seats and stock. Any number of instances may sweep at once: each takes holds that no other
 * is working on.
 *
 * @returns what changed, and whether there may be more to sweep
 */
export async function sweep(db: Db): Promise<Expired & { more: boolean }> {
  return await db.transaction().execute(async (trx) => {
    await byIndex(trx);
    const overdue = await trx
      .selectFrom('reservations')
      .select('id')
      .where('status', '=', 'pending')
      .where('expires_at', '<=', sql<string>`now()`)
      .orderBy('expires_at')
      .limit(SWEPT_AT_ONCE)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    const changes = overdue.length === 0 ? [] : await release(trx, ids(overdue), 'expired');
    return { changes, holds: overdue.length, more: overdue.length === SWEPT_AT_ONCE };
  });
}

/**
 * Makes PostgreSQL use the index. Right after a rush it has no statistics of the new rows: for each 500 holds it would read and sort all
 * that are overdue, which takes 15 to 40 ms for 50,000. The index takes half a ms.
 */
async function byIndex(trx: Db): Promise<void> {
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
    LIMIT ${SWEPT_AT_ONCE}`;
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

/**
 * Deletes idempotency keys that are older than a day, in pieces small enough for the time limit of a statement.
 *
 * @returns whether there may be more to delete
 */
export async function forgetOldKeys(db: Db): Promise<{ more: boolean }> {
  // The age is checked twice, so that a key that is used again at this moment is kept.
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM idempotency_keys
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours'
        ORDER BY created_at LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED))
      AND created_at < now() - interval '24 hours'`.execute(db);
  return { more: numAffectedRows > 0n };
}

function ids(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
