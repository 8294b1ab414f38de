import { sql } from 'kysely';

/**
 * The status that counts, for queries over `reservations`: a hold whose time is up has expired, even before the sweep ends it. It goes
 * by the clock of the statement, because the transaction may have waited for a lock since it began.
 */
export const effectiveStatus = sql<'pending' | 'confirmed' | 'cancelled' | 'expired'>`
  CASE WHEN reservations.status = 'pending' AND reservations.expires_at <= statement_timestamp() THEN 'expired'
       ELSE reservations.status END`;
