import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import type { Db } from '../../database/database.ts';
import type { Changes } from '../../realtime/changes.ts';
import { seatChanges } from './seat-changes.ts';

/**
 * Seats that one transaction blocks or releases. It takes 100 ms on a busy machine of two cores, and buyers who want one of its seats wait
 * for it. All 50,000 seats of a hall at once took longer than a statement may. In parts, a sale beside them took 19 ms instead of 14.
 */
export const SEATS_AT_ONCE = 1_000;

interface Released {
  changes: Changes[];
  seats: number;
}

/** Releases those of the seats that are blocked. */
export async function releaseSeats(trx: Db, seatIds: string[]): Promise<Released> {
  await sql`SELECT FROM seats WHERE id = ANY (${seatIds}::uuid[]) ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  return await unblock(trx, sql`seat_id = ANY (${seatIds}::uuid[])`);
}

/**
 * Releases blocks whose time has come, some seats at a time. Any number of instances may do so at once: each takes seats that no other
 * is working on. Seats that a buyer asks for at this moment are left to the next round.
 *
 * @returns what changed, and whether there may be more
 */
export async function releaseDue(db: Db): Promise<Released & { more: boolean }> {
  return await db.transaction().execute(async (trx) => {
    const due = await sql<{ seat_id: string }>`
      SELECT s.seat_id FROM seat_blocks b JOIN blocked_seats s ON s.block_id = b.id
      WHERE b.release_at <= now() AND b.released_at IS NULL LIMIT ${SEATS_AT_ONCE}`.execute(trx);
    if (due.rows.length === 0) return { changes: [], seats: 0, more: false };
    const locked = await sql<{ id: string }>`
      SELECT id FROM seats WHERE id = ANY (${due.rows.map(({ seat_id }) => seat_id)}::uuid[])
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
    // A seat may be in another block by now.
    const released = await unblock(
      trx,
      sql`seat_id = ANY (${locked.rows.map(({ id }) => id)}::uuid[])
        AND block_id IN (SELECT id FROM seat_blocks WHERE release_at <= now())`,
    );
    for (const { id, event_id, ...block } of released.ended)
      await record(trx, 'system', {
        action: 'seat_block.release',
        entityId: id,
        eventId: event_id,
        before: { ...block, released_at: null },
        after: block,
      });
    return { ...released, more: released.seats > 0 && due.rows.length === SEATS_AT_ONCE };
  });
}

/** @returns also the blocks whose last seat this was */
async function unblock(trx: Db, which: ReturnType<typeof sql>) {
  const { rows } = await sql<{ seat_id: string; block_id: string }>`
    DELETE FROM blocked_seats WHERE ${which} RETURNING seat_id, block_id`.execute(trx);
  const blockIds = [...new Set(rows.map(({ block_id }) => block_id))];
  const { rows: ended } = await sql<{
    id: string;
    event_id: string;
    reason: string;
    release_at: string | null;
    released_at: string;
  }>`
    SELECT id, event_id, reason, release_at, released_at FROM seat_blocks
    WHERE id = ANY (${blockIds}::uuid[]) AND released_at = now()`.execute(trx);
  const changes = await seatChanges(
    trx,
    rows.map(({ seat_id }) => seat_id),
  );
  return { changes, seats: rows.length, ended };
}
