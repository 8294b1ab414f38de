import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

const SWEPT_AT_ONCE = 5_000;

/**
 * Deletes rows that were published longer ago than they are kept, with their deliveries, in pieces small enough for the time limit of a
 * statement. A reader whose cursor is older is told so.
 *
 * @returns whether there may be more to delete
 */
export async function sweepOutbox(db: Db, keptDays: number): Promise<{ more: boolean }> {
  return await db.transaction().execute(async (trx) => {
    // Also keeps the publisher and another sweep away.
    const state = await trx
      .selectFrom('outbox_state')
      .select('swept_through')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!state) return { more: false };
    const { rows } = await sql<{ count: number; last: number | null }>`
      WITH old AS MATERIALIZED (
        SELECT id, position FROM outbox
        WHERE position > ${state.swept_through} AND published_at < now() - make_interval(days => ${keptDays})
        ORDER BY position LIMIT ${SWEPT_AT_ONCE}
      ), gone AS (
        DELETE FROM outbox WHERE id IN (SELECT id FROM old)
      )
      SELECT count(*)::integer AS count, max(position) AS last FROM old`.execute(trx);
    const { count, last } = rows[0] as (typeof rows)[0];
    if (last !== null) await trx.updateTable('outbox_state').set({ swept_through: last }).execute();
    return { more: count === SWEPT_AT_ONCE };
  });
}
