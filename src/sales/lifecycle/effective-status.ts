import { sql } from 'kysely';

/**
 * The status that counts: a hold that is over is over, whether the sweep has been there or not.
 * By the clock of the statement and not of its transaction, which may have waited for a lock in between. For queries over
 * `reservations`.
 */
export const effectiveStatus = sql<'pending' | 'confirmed' | 'cancelled' | 'expired'>`
  CASE WHEN reservations.status = 'pending' AND reservations.expires_at <= statement_timestamp() THEN 'expired'
       ELSE reservations.status END`;
