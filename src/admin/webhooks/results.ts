import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import type { Db } from '../../database/database.ts';
import type { Claimed } from './claim.ts';
import { type Sent, succeeded } from './send.ts';

export interface Result extends Sent, Pick<Claimed, 'id' | 'lease' | 'attempts' | 'webhookId'> {}

const FIRST_RETRY_S = 5;
const LONGEST_RETRY_S = 3 * 3_600;
/** The longest pause of an address that is in trouble. Its first success sends everything else at once. */
const LONGEST_PAUSE_S = 300;

/** 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, then every 3 h; each up to a fifth longer or shorter, so that retries don't meet. */
function retryAfterSeconds(attempts: number, random = Math.random()): number {
  const seconds = Math.min(FIRST_RETRY_S * 3 ** Math.min(attempts - 1, 10), LONGEST_RETRY_S);
  return seconds * (0.8 + 0.4 * random);
}

/** Failures in a row after which an answer isn't about the message, whatever its status. */
const TROUBLE_AFTER = 8;

/** Without an answer, or with one that isn't about the message. */
function isTrouble({ response_status: status }: Sent): boolean {
  return status === null || status >= 500 || status === 429;
}

/**
 * Notes how attempts went. A delivery is parked when it fails a day after its first attempt. A webhook is disabled when its address
 * answers 410, or when nothing has succeeded for a day.
 */
export async function noteResults(db: Db, results: Result[]): Promise<void> {
  if (results.length === 0) return;
  await db.transaction().execute(async (trx) => {
    const webhookIds = [...new Set(results.map(({ webhookId }) => webhookId))].sort();
    const hooks = await trx
      .selectFrom('webhooks')
      .select([
        'id',
        'failures',
        'failing_since',
        sql<boolean>`failing_since < now() - interval '1 day'`.as('long'),
      ])
      .where('id', 'in', webhookIds)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute();
    await noteDeliveries(trx, results);
    for (const hook of hooks) {
      const own = results.filter(({ webhookId }) => webhookId === hook.id);
      if (own.some(succeeded)) {
        if (hook.failing_since !== null) await recover(trx, hook.id);
      } else await noteFailures(trx, hook.id, own);
      if (own.some(({ response_status }) => response_status === 410)) await disable(trx, hook.id, 'gone');
      else if (hook.long && !own.some(succeeded)) await disable(trx, hook.id, 'failing');
    }
  });
}

async function noteDeliveries(trx: Db, results: Result[]): Promise<void> {
  const rows = results.map((result) => ({
    ...result,
    ok: succeeded(result),
    retry: retryAfterSeconds(result.attempts),
  }));
  await sql`
    UPDATE webhook_deliveries d SET
      status = CASE WHEN r.ok THEN 'delivered'
        WHEN d.first_attempt_at < now() - interval '1 day' THEN 'parked' ELSE 'pending' END,
      next_attempt_at = now() + make_interval(secs => r.retry),
      delivered_at = CASE WHEN r.ok THEN now() END,
      lease = NULL, leased_until = NULL,
      response_status = r.response_status, response_body = r.response_body, error = r.error, duration_ms = r.duration_ms
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r (id uuid, lease uuid, ok boolean, retry double precision,
      response_status smallint, response_body text, error text, duration_ms integer)
    WHERE d.id = r.id AND d.lease = r.lease`.execute(trx);
}

/** An address that refuses everything would otherwise try all of a rush, and each round would look through what waits for its retry. */
async function noteFailures(trx: Db, id: string, own: Result[]): Promise<void> {
  const trouble = own.some(isTrouble);
  const more = trouble ? 1 : own.length;
  await sql`
    UPDATE webhooks SET
      failures = failures + ${more},
      failing_since = coalesce(failing_since, now()),
      retry_at = CASE WHEN ${trouble} OR failures + ${more} >= ${TROUBLE_AFTER} THEN now() + make_interval(
        secs => least(${FIRST_RETRY_S} * power(3, least(failures, 10)), ${LONGEST_PAUSE_S})) ELSE retry_at END
    WHERE id = ${id}`.execute(trx);
}

/** What failed because the address was in trouble is due now. */
async function recover(trx: Db, id: string): Promise<void> {
  await trx
    .updateTable('webhooks')
    .set({ failures: 0, failing_since: null, retry_at: null })
    .where('id', '=', id)
    .execute();
  await sql`
    UPDATE webhook_deliveries SET next_attempt_at = now()
    WHERE webhook_id = ${id} AND status = 'pending' AND attempts > 0 AND lease IS NULL AND next_attempt_at > now()
      AND (response_status IS NULL OR response_status >= 500 OR response_status = 429)`.execute(trx);
}

async function disable(trx: Db, id: string, because: 'gone' | 'failing'): Promise<void> {
  const webhook = await trx
    .updateTable('webhooks')
    .set({ enabled: false, disabled_because: because, updated_at: sql`now()` })
    .where('id', '=', id)
    .where('enabled', '=', true)
    .returning('event_id')
    .executeTakeFirst();
  if (!webhook) return;
  await record(trx, 'system', {
    action: 'webhook.disable',
    entityId: id,
    eventId: webhook.event_id,
    reason: because,
    before: { enabled: true },
    after: { enabled: false },
  });
}
