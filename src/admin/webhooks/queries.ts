import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { lockNames } from '../../idempotency/advisory-locks.ts';
import type { Claims } from '../../plugins/auth.ts';

/** What answers show: everything but the secrets. */
const COLUMNS = [
  'id',
  'url',
  'types',
  'event_id',
  'enabled',
  'disabled_because',
  'failing_since',
  'created_by',
  'created_at',
  'updated_at',
] as const;

function webhooksOf(db: Db, { userId, role }: Claims) {
  const all = db.selectFrom('webhooks');
  return role === 'admin' ? all : all.where('created_by', '=', userId);
}

/** @throws Problem WEBHOOK_NOT_FOUND, also for the webhook of another organizer */
export async function getWebhook(db: Db, user: Claims, id: string, lock?: 'lock') {
  let query = webhooksOf(db, user)
    .select([...COLUMNS, 'revision'])
    .where('id', '=', id);
  if (lock) query = query.forNoKeyUpdate();
  const found = await query.executeTakeFirst();
  if (!found) throw new Problem('WEBHOOK_NOT_FOUND');
  const { revision, ...webhook } = found;
  return { webhook, revision };
}

/** Newest first: ids grow with time. */
export async function listWebhooks(db: Db, user: Claims, limit: number, before: string | undefined) {
  let query = webhooksOf(db, user).select(COLUMNS);
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return { webhooks: rows.slice(0, limit), more: rows.length > limit };
}

/** Until the end of the transaction, the user gets no other one. */
export async function countWebhooks(trx: Db, userId: string): Promise<number> {
  await lockNames(trx, [`webhooks/${userId}`]);
  const { count } = await trx
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('created_by', '=', userId)
    .executeTakeFirstOrThrow();
  return count;
}

/** The secrets that sign now, the newest first. */
export function secretsOf(row: { secret: string | null; former: string | null }): string[] {
  return [row.secret, row.former].filter((secret) => secret !== null);
}

/** The former secret, while it still signs. */
const formerSecret = sql<string | null>`CASE WHEN former_secret_until > now() THEN former_secret END`;

export async function getAddress(
  db: Db,
  id: string,
): Promise<{ url: string; secrets: string[] } | undefined> {
  const row = await db
    .selectFrom('webhooks')
    .select(['url', 'secret', formerSecret.as('former')])
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.url ? { url: row.url, secrets: secretsOf(row) } : undefined;
}
