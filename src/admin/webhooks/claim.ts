import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { messageId } from '../outbox/types.ts';
import { secretsOf } from './queries.ts';
import type { Message } from './send.ts';

/** Messages on their way at once: to one address from one instance, and from one instance to all. A user's 20 addresses take 160. */
const AT_ONCE = 8;
const AT_ONCE_TO_ALL = 256;

/** A delivery that this instance has the lease of. */
export interface Claimed {
  id: string;
  lease: string;
  webhookId: string;
  attempts: number;
  url: string;
  secrets: string[];
  message: Message;
}

interface Row extends Omit<Claimed, 'webhookId' | 'secrets' | 'message'> {
  webhook_id: string;
  secret: string;
  former: string | null;
  message_id: string;
  type: string;
  happened_at: string;
  data: object;
}

/**
 * Takes deliveries that are due, for the time that sending takes at most. Other instances leave them alone until then, so that no
 * transaction is open meanwhile, and take over those of an instance that was killed.
 *
 * - The next event of a reservation waits until the one before is delivered or parked.
 * - An address that fails gets one message at a time, with pauses, so that it holds no place that others could use.
 *
 * @param busy how many messages are on their way from here, by webhook
 */
export async function claimDeliveries(
  db: Db,
  busy: ReadonlyMap<string, number>,
  leaseMs: number,
): Promise<Claimed[]> {
  const total = [...busy.values()].reduce((sum, each) => sum + each, 0);
  if (total >= AT_ONCE_TO_ALL) return [];
  const { rows } = await sql<Row>`
    WITH ready AS MATERIALIZED (
      SELECT w.id, CASE WHEN w.failures > 0 THEN 1 ELSE ${AT_ONCE}::integer END
        - coalesce((${JSON.stringify(Object.fromEntries(busy))}::json ->> w.id::text)::integer, 0) AS room
      FROM webhooks w
      WHERE w.enabled AND w.url IS NOT NULL AND (w.retry_at IS NULL OR w.retry_at <= now())
      ORDER BY random()
    ), due AS MATERIALIZED (
      SELECT d.id FROM ready CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_deliveries d
        WHERE d.webhook_id = ready.id AND d.status = 'pending' AND d.next_attempt_at <= now()
          AND (d.leased_until IS NULL OR d.leased_until <= now())
          AND NOT EXISTS (
            SELECT FROM webhook_deliveries earlier
            WHERE earlier.webhook_id = d.webhook_id AND earlier.entity_id = d.entity_id
              AND earlier.status = 'pending' AND earlier.position < d.position)
        ORDER BY d.position LIMIT greatest(ready.room, 0) FOR NO KEY UPDATE SKIP LOCKED
      ) AS d
      LIMIT ${AT_ONCE_TO_ALL - total}
    )
    UPDATE webhook_deliveries d SET
      lease = gen_random_uuid(),
      leased_until = now() + make_interval(secs => ${leaseMs / 1_000}),
      attempts = d.attempts + 1,
      first_attempt_at = coalesce(d.first_attempt_at, now())
    FROM due JOIN webhook_deliveries x ON x.id = due.id JOIN webhooks w ON w.id = x.webhook_id JOIN outbox o ON o.id = x.outbox_id
    WHERE d.id = due.id
    RETURNING d.id, d.lease, d.webhook_id, d.attempts, w.url, w.secret,
      CASE WHEN w.former_secret_until > now() THEN w.former_secret END AS former,
      o.message_id, o.type, o.happened_at, o.data`.execute(db);
  return rows.map(({ webhook_id, secret, former, message_id, type, happened_at, data, ...claimed }) => ({
    ...claimed,
    webhookId: webhook_id,
    secrets: secretsOf({ secret, former }),
    message: { id: messageId(message_id), type, timestamp: happened_at, data },
  }));
}
