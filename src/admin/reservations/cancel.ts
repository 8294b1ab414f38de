import { sql } from 'kysely';
import type { CancelledItem } from '../../contract/schemas.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import type { Cancelled } from '../../sales/lifecycle/cancel.ts';
import type { Sales } from '../../sales/plugin.ts';
import type { Change } from '../plugin.ts';

/**
 * Cancels a reservation or a part of it for its buyer, also after the event has begun. The entry of the audit log names the items that
 * ended, so that the history can tell who ended each.
 *
 * @param items what to cancel; by default the whole reservation
 * @returns what is left, or why it is refused
 */
export async function cancelForBuyer(
  sales: Sales,
  change: Change,
  { id, event_id }: { id: string; event_id: string },
  reason: string,
  items: CancelledItem[] | undefined,
): Promise<Cancelled | ErrorCode> {
  const { trx, record } = change;
  const before = await trx
    .selectFrom('reservations')
    .select(['status', 'payment_status', 'total_amount', 'refund_due'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const cancelled = await sales.cancelFor(change, id, items);
  if (typeof cancelled === 'string') return cancelled;
  // The time of the transaction is that of the release.
  const ended = await trx
    .selectFrom('reservation_items')
    .select('position')
    .where('reservation_id', '=', id)
    .where('released_at', '=', sql<string>`now()`)
    .orderBy('position')
    .execute();
  const { status, payment_status, total_amount, refund_due } = cancelled.reservation;
  await record({
    action: 'reservation.cancel',
    entityId: id,
    eventId: event_id,
    reason,
    before,
    after: {
      ...{ status, payment_status, total_amount, refund_due },
      refund_amount: cancelled.refund_amount,
      cancelled_items: ended.map(({ position }) => position),
    },
  });
  return cancelled;
}
