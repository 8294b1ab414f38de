import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { ENDED_AT_ONCE, type Expired, endHolds, expire, ids } from './expire.ts';

/**
 * Ends holds whose time is up and frees their seats and stock. Any number of instances may sweep at once: each takes holds that no other
 * is working on.
 *
 * @returns what changed, and whether there may be more to sweep
 */
export async function sweep(db: Db): Promise<Expired & { more: boolean }> {
  return await endHolds(db, async (trx, locked) => {
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
    const { changes, ended } = await expire(trx, ids(overdue), locked);
    return { changes, holds: ended.size, more: overdue.length === ENDED_AT_ONCE && ended.size > 0 };
  });
}
