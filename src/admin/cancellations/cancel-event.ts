import { sql } from 'kysely';
import type { EventCancellation } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Change } from '../plugin.ts';

/**
 * Cancels an event whose row the caller has locked. A trigger closes it in the same transaction, so that no later sale can commit, and
 * another one notes the cancellation. `src/sales/cancelled-events.ts` does the rest.
 *
 * @returns what is to be done, or EVENT_NOT_PUBLISHED
 */
export async function cancelEvent(
  { trx, record }: Change,
  id: string,
  reason: string,
): Promise<EventCancellation | ErrorCode> {
  const { status } = await trx
    .selectFrom('events')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (status === 'draft') return 'EVENT_NOT_PUBLISHED';
  if (status !== 'cancelled') {
    await trx
      .updateTable('events')
      .set({ status: 'cancelled', updated_at: sql<string>`now()` })
      .where('id', '=', id)
      .execute();
    await trx.updateTable('event_cancellations').set({ reason }).where('event_id', '=', id).execute();
    await record({
      action: 'event.cancel',
      entityId: id,
      eventId: id,
      reason,
      before: { status },
      after: { status: 'cancelled' },
    });
  }
  return { cancellation: await getEventCancellation(trx, id) };
}

/** How far an event is cancelled, or null if it isn't. */
export async function getEventCancellation(
  db: Db,
  eventId: string,
): Promise<EventCancellation['cancellation']> {
  const cancellation = await db
    .selectFrom('event_cancellations')
    .select([
      'event_id',
      'reason',
      'requested_at',
      'queue_cleared_at',
      'reservations',
      'done',
      'refunds',
      'refund_amount',
      'finished_at',
    ])
    .where('event_id', '=', eventId)
    .executeTakeFirst();
  return cancellation ?? null;
}
