import { sql } from 'kysely';
import type { Db } from '../database/database.ts';

const FORGOTTEN_AT_ONCE = 10_000;

/**
 * Deletes changes that are older than 10 minutes, in pieces small enough for the time limit of a statement.
 *
 * @returns whether there may be more to delete
 */
export async function forgetOldChanges(db: Db): Promise<{ more: boolean }> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM event_changes
    WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM event_changes WHERE changed_at < now() - interval '10 minutes'
      LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED))`.execute(db);
  return { more: numAffectedRows > 0n };
}
