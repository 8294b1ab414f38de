import { sql } from 'kysely';
import type { EventPostponement, OrganizerEvent } from '../../contract/schemas.ts';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { Problem } from '../../errors/problem.ts';
import { difference } from '../difference.ts';
import { getEvent } from '../events/queries.ts';
import { requireOrder } from '../events/rules.ts';
import type { Change } from '../plugin.ts';

/**
 * Gives an event whose row the caller has locked a new date. Its reservations stay, and buyers may cancel them until `cancellable_until`.
 *
 * @returns the event, or EVENT_NOT_PUBLISHED, EVENT_CANCELLED
 * @throws Problem VALIDATION_FAILED
 */
export async function postponeEvent(
  { trx, record }: Change,
  id: string,
  { reason, ...dates }: EventPostponement,
): Promise<{ event: OrganizerEvent } | ErrorCode> {
  const before = await getEvent(trx, id);
  if (before.stored_status === 'draft') return 'EVENT_NOT_PUBLISHED';
  if (before.stored_status === 'cancelled') return 'EVENT_CANCELLED';
  requireOrder({ ...before, ...dates });
  requireTime(dates);
  await trx
    .updateTable('events')
    .set({ ...dates, updated_at: sql<string>`now()` })
    .where('id', '=', id)
    .execute();
  const event = await getEvent(trx, id);
  await record({
    action: 'event.postpone',
    entityId: id,
    eventId: id,
    reason: reason?.normalize('NFC'),
    ...difference(before, event),
  });
  return { event };
}

/** @throws Problem VALIDATION_FAILED unless buyers have time to cancel, and the event is still to come when it ends */
function requireTime({
  cancellable_until,
  event_date,
}: Pick<EventPostponement, 'cancellable_until' | 'event_date'>): void {
  const until = Date.parse(cancellable_until);
  if (until > Date.now() && until <= Date.parse(event_date)) return;
  const message = 'must be in the future, and not after event_date';
  throw new Problem('VALIDATION_FAILED', { details: [{ path: 'body/cancellable_until', message }] });
}
