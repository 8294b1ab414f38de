import { sql } from 'kysely';
import type { Db } from '../database/database.ts';

const FORGOTTEN_AT_ONCE = 10_000;

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
