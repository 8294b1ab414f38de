import { sql } from 'kysely';
import type { WebhookDelivery } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { messageId } from '../outbox/types.ts';

function deliveriesOf(db: Db, webhookId: string) {
  return db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('outbox as o', 'o.id', 'd.outbox_id')
    .where('d.webhook_id', '=', webhookId)
    .select([
      'd.id',
      'o.message_id',
      'o.type',
      'd.position',
      'd.status',
      'd.attempts',
      'd.response_status',
      'd.response_body',
      'd.error',
      'd.duration_ms',
      sql<string | null>`CASE WHEN d.status = 'pending' THEN d.next_attempt_at END`.as('next_attempt_at'),
      'd.created_at',
      'd.delivered_at',
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof deliveriesOf>['execute']>>[number];

/** In the order of the contract, so that a repeated answer is the same to the byte. */
function toDelivery({ id, message_id, ...row }: Row): WebhookDelivery {
  return { id, message_id: messageId(message_id), ...row } as WebhookDelivery;
}

/** Newest first. @param before the position of the last delivery of the previous page */
export async function listDeliveries(db: Db, webhookId: string, limit: number, before: number | undefined) {
  let query = deliveriesOf(db, webhookId);
  if (before !== undefined) query = query.where('d.position', '<', before);
  const rows = await query
    .orderBy('d.position', 'desc')
    .limit(limit + 1)
    .execute();
  return { deliveries: rows.slice(0, limit).map(toDelivery), more: rows.length > limit };
}

/**
 * Lets a delivery begin anew, with the same message. If it is on its way at this moment, what becomes of that attempt counts no more.
 *
 * @returns the delivery as it was, or `undefined` if the webhook has none of this id
 */
export async function deliverAgain(
  trx: Db,
  webhookId: string,
  id: string,
): Promise<WebhookDelivery | undefined> {
  const { numUpdatedRows } = await trx
    .updateTable('webhook_deliveries')
    .set({
      status: 'pending',
      attempts: 0,
      first_attempt_at: null,
      next_attempt_at: sql`now()`,
      lease: null,
      leased_until: null,
      delivered_at: null,
    })
    .where('id', '=', id)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  const row = await deliveriesOf(trx, webhookId).where('d.id', '=', id).executeTakeFirstOrThrow();
  return toDelivery(row);
}
