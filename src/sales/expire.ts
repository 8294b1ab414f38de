import { type ExpressionBuilder, sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { Database } from '../database/schema.ts';
import type { Changes } from './changes.ts';
import { release } from './release.ts';

const SWEPT_AT_ONCE = 200;

/**
 * Ends the holds whose time is over and gives back what they claimed. Any number of instances may sweep at once: each takes
 * what no other is working on.
 *
 * @returns what changed, and whether there may be more to sweep
 */
export async function sweep(db: Db): Promise<{ changes: Changes[]; more: boolean }> {
  return await db.transaction().execute(async (trx) => {
    const overdue = await trx
      .selectFrom('reservations')
      .select('id')
      .where('status', '=', 'pending')
      .where('expires_at', '<=', sql<string>`now()`)
      .orderBy('expires_at')
      .limit(SWEPT_AT_ONCE)
      .forUpdate()
      .skipLocked()
      .execute();
    const changes = overdue.length === 0 ? [] : await release(trx, ids(overdue), 'expired');
    return { changes, more: overdue.length === SWEPT_AT_ONCE };
  });
}

/**
 * Ends the holds that are over and stand in somebody's way before the sweep got to them. A transaction of its own, so that
 * its locks are not mixed with those of the decision that needs it (see `release`).
 *
 * @param claimed which claims are in the way, as a condition on `reservation_items`
 */
export async function expireInTheWay(
  db: Db,
  claimed: (items: ExpressionBuilder<Database, 'reservation_items'>) => ReturnType<typeof items.and>,
): Promise<Changes[]> {
  return await db.transaction().execute(async (trx) => {
    const overdue = await trx
      .selectFrom('reservations')
      .select('id')
      .where('status', '=', 'pending')
      .where('expires_at', '<=', sql<string>`now()`)
      .where('id', 'in', (query) =>
        query
          .selectFrom('reservation_items')
          .select('reservation_id')
          .where('released_at', 'is', null)
          .where(claimed),
      )
      .orderBy('id')
      .forUpdate()
      .execute();
    return overdue.length === 0 ? [] : await release(trx, ids(overdue), 'expired');
  });
}

function ids(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
