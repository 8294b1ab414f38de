import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

const PUBLISHED_AT_ONCE = 1_000;

/**
 * Gives the rows that were committed since their positions, and each webhook its deliveries. One instance at a time does it; another
 * one leaves it alone. The reasons for the order are in migration 0014.
 *
 * @returns how many rows were published; as many as go at once means that there may be more
 */
export async function publish(db: Db): Promise<{ published: number; more: boolean }> {
  const waiting = await db
    .selectFrom('outbox')
    .select('id')
    .where('position', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (!waiting) return { published: 0, more: false };
  return await db.transaction().execute(async (trx) => {
    const state = await trx
      .selectFrom('outbox_state')
      .select('last_position')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!state) return { published: 0, more: false };
    // A statement of its own: what it sees was committed after the lock, so also what the publisher before committed.
    const { rows } = await sql<{ published: number }>`
      WITH fresh AS MATERIALIZED (
        SELECT id, ${state.last_position}::bigint + row_number() OVER (ORDER BY id) AS position
        FROM (SELECT id FROM outbox WHERE position IS NULL ORDER BY id LIMIT ${PUBLISHED_AT_ONCE}) AS waiting
      ), published AS (
        UPDATE outbox o SET position = fresh.position, published_at = clock_timestamp()
        FROM fresh WHERE o.id = fresh.id
        RETURNING o.id, o.position, o.type, o.event_id, o.entity_id
      ), queued AS (
        INSERT INTO webhook_deliveries (webhook_id, outbox_id, position, entity_id)
        SELECT w.id, p.id, p.position, p.entity_id
        FROM published p JOIN webhooks w ON p.type = ANY (w.types)
        WHERE w.enabled AND w.url IS NOT NULL AND (w.event_id IS NULL OR w.event_id = p.event_id)
          AND (w.organizer_id IS NULL OR w.organizer_id = (SELECT created_by FROM events e WHERE e.id = p.event_id))
        ORDER BY p.position
      )
      UPDATE outbox_state SET last_position = last_position + (SELECT count(*) FROM fresh)
      RETURNING (SELECT count(*) FROM fresh)::integer AS published`.execute(trx);
    const published = rows[0]?.published ?? 0;
    return { published, more: published === PUBLISHED_AT_ONCE };
  });
}
