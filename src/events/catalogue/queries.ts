import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { KeywordMapping } from '../search/keywords.ts';
import type { EventFacts } from './listed-event.ts';

/** Rows of `catalogue_changes` that stand for more than one event. */
export const KEYWORDS = '00000000-0000-0000-0000-000000000000';
export const EVERYTHING = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export interface Reading {
  /** Transactions before this one are all visible in the reading, or will never be. */
  xmin: string;
  /** PostgreSQL's clock, in ms since 1970. */
  now: number;
  /** What has changed, with the transaction that changed it last. */
  changes: { event_id: string; changed_in: string }[];
}

/**
 * Reads what may have changed since another reading. After a restore from a dump, rows may name transactions that this server has not
 * reached yet; they are no news.
 */
export async function readChanges(db: Db, since: string): Promise<Reading> {
  const { rows } = await sql<Reading>`
    WITH reading AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
    SELECT pg_snapshot_xmin(snapshot)::text AS xmin,
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now,
      (SELECT coalesce(json_agg(json_build_object('event_id', event_id, 'changed_in', changed_in::text)), '[]')
        FROM catalogue_changes
        WHERE changed_in >= ${since}::xid8 AND changed_in < pg_snapshot_xmax(snapshot)) AS changes
    FROM reading`.execute(db);
  return rows[0] as Reading;
}

/** The facts of these events, or of the next ones after an id. A draft is as unknown as an event that doesn't exist. */
export async function readFacts(
  db: Db,
  which: { ids: string[] } | { after: string; limit: number },
): Promise<EventFacts[]> {
  const these =
    'ids' in which
      ? sql`e.id = ANY (${which.ids}::uuid[])`
      : sql`e.id > ${which.after}::uuid ORDER BY e.id LIMIT ${which.limit}`;
  const { rows } = await sql<EventFacts>`
    SELECT e.id, e.title, e.description, e.venue, e.address, e.event_date, e.sale_start_date, e.sale_end_date,
      e.poster_image_url, e.artist_name, e.timezone, e.status AS stored_status,
      (extract(epoch FROM e.event_date) * 1000000)::float8 AS takes_place_us,
      ceil(extract(epoch FROM e.sale_start_date) * 1000)::float8 AS sale_starts_ms,
      ceil(extract(epoch FROM least(e.sale_end_date, e.event_date)) * 1000)::float8 AS sale_ends_ms,
      types.count AS ticket_type_count,
      least(types.min_price, (SELECT min(price) FROM seats WHERE event_id = e.id)) AS min_price,
      greatest(types.max_price, (SELECT max(price) FROM seats WHERE event_id = e.id)) AS max_price,
      types.count > 0 OR coalesce(s.total, 0) > 0 AS has_inventory,
      coalesce(types.is_available, false) OR coalesce(s.available, 0) > 0 AS is_available
    FROM events e
    LEFT JOIN event_seats s ON s.event_id = e.id
    CROSS JOIN LATERAL (
      SELECT count(*) AS count, min(price) AS min_price, max(price) AS max_price,
        bool_or(available_quantity > 0) AS is_available
      FROM ticket_types WHERE event_id = e.id AND NOT hidden
    ) AS types
    WHERE e.status <> 'draft' AND ${these}`.execute(db);
  return rows;
}

/** The events that may be on sale and have nothing left: few ids instead of a row for each event, which took 20 ms for 20,000. */
export async function readUnavailable(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT e.id FROM events e LEFT JOIN event_seats s ON s.event_id = e.id
    WHERE e.status IN ('upcoming', 'on_sale') AND e.sale_start_date <= now()
      AND now() < least(e.sale_end_date, e.event_date) AND coalesce(s.available, 0) = 0
      AND NOT EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0 AND NOT t.hidden)`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}

export function readKeywords(db: Db): Promise<KeywordMapping[]> {
  return db.selectFrom('keyword_mappings').select(['korean', 'english']).execute();
}
