import { sql } from 'kysely';
import type { OutboxEvent } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Claims } from '../../plugins/auth.ts';
import { messageId } from './types.ts';

interface Row {
  last_position: number;
  swept_through: number;
  position: number | null;
  message_id: string;
  type: OutboxEvent['type'];
  happened_at: string;
  data: OutboxEvent['data'];
}

/**
 * What happened after a position, in order. It is one statement, so that the end of the page fits the last position that was given.
 *
 * @param after by default, the oldest row that is kept
 * @throws Problem CHANGES_GONE
 */
export async function readOutbox(
  db: Db,
  { userId, role }: Claims,
  { after, limit, types }: { after: number | undefined; limit: number; types: string[] | undefined },
): Promise<{ events: OutboxEvent[]; after: number; more: boolean }> {
  const mine =
    role === 'admin'
      ? sql``
      : sql`AND event_id = ANY (ARRAY(SELECT id FROM events WHERE created_by = ${userId}))`;
  const wanted = types ? sql`AND type = ANY (${types})` : sql``;
  const { rows } = await sql<Row>`
    SELECT s.last_position, s.swept_through, o.* FROM outbox_state s
    LEFT JOIN LATERAL (
      SELECT position, message_id, type, happened_at, data FROM outbox
      WHERE position > coalesce(${after ?? null}::bigint, s.swept_through) ${mine} ${wanted}
      ORDER BY position LIMIT ${limit + 1}
    ) AS o ON true`.execute(db);
  const [{ last_position, swept_through }] = rows as [Row];
  if (after !== undefined && (after < swept_through || after > last_position))
    throw new Problem('CHANGES_GONE');
  const found = rows.filter((row): row is Row & { position: number } => row.position !== null);
  const events = found.slice(0, limit).map(({ message_id, position, type, happened_at, data }) => ({
    id: messageId(message_id),
    position,
    type,
    timestamp: happened_at,
    data,
  }));
  const more = found.length > limit;
  return { events, after: more ? (events.at(-1) as OutboxEvent).position : last_position, more };
}
