import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { byIndex, ENDED_AT_ONCE, type Expired, ids } from './expire.ts';
import { release } from './release.ts';

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
      .limit(ENDED_AT_ONCE)
      .forNoKeyUpdate()
      .skipLocked()
      .execute();
    const changes = overdue.length === 0 ? [] : await release(trx, ids(overdue), 'expired');
    return { changes, holds: overdue.length, more: overdue.length === ENDED_AT_ONCE };
  });
}
