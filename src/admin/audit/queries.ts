import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Claims } from '../../plugins/auth.ts';

export interface AuditFilter {
  event_id?: string | undefined;
  actor_id?: string | undefined;
  /** The beginning of the action. */
  action?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/**
 * Entries, newest first: all for administrators; for organizers, those of their events and their own.
 *
 * @param before the last entry of the previous page
 * @returns the page, and whether more follow
 */
export async function listAuditLog(
  db: Db,
  { userId, role }: Claims,
  filter: AuditFilter,
  limit: number,
  before: number | undefined,
) {
  const { event_id, actor_id, action, from, to } = filter;
  let query = db.selectFrom('audit_log').selectAll();
  if (role !== 'admin')
    query = query.where(
      sql<boolean>`(actor_id = ${userId} OR event_id = ANY (ARRAY(SELECT id FROM events WHERE created_by = ${userId})))`,
    );
  if (event_id !== undefined) query = query.where('event_id', '=', event_id);
  if (actor_id !== undefined) query = query.where('actor_id', '=', actor_id);
  if (action !== undefined) query = query.where(sql<boolean>`starts_with(action, ${action})`);
  if (from !== undefined) query = query.where('happened_at', '>=', from.toISOString());
  if (to !== undefined) query = query.where('happened_at', '<', to.toISOString());
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return { entries: rows.slice(0, limit), more: rows.length > limit };
}
