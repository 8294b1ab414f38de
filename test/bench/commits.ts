import type pg from 'pg';

/** Setting of a PostgreSQL that remembers when each transaction committed. */
export const COMMIT_TIMES = { track_commit_timestamp: 'on' };

/** When each version of the event was committed, in ms since 1970, the oldest first. */
export async function commitsOf(
  pool: pg.Pool,
  eventId: string,
): Promise<{ version: number; at: number; seats: number }[]> {
  const { rows } = await pool.query<{ version: number; at: number; seats: number }>(
    `SELECT version::float8 AS version, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS at,
       cardinality(seat_ids) AS seats
     FROM event_changes WHERE event_id = $1 ORDER BY version`,
    [eventId],
  );
  return rows;
}
