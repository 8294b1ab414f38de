import { sql } from 'kysely';
import type { OrganizerEvent } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Change } from '../plugin.ts';
import { requireNoReservation } from './change.ts';
import { getEvent } from './queries.ts';
import { areInOrder } from './rules.ts';
import { addSeatsOfHall } from './seats.ts';

/**
 * @param before the event, locked
 * @throws Problem EVENT_NOT_DRAFT, EVENT_INCOMPLETE
 */
export async function publishEvent({ trx, record }: Change, before: OrganizerEvent): Promise<OrganizerEvent> {
  const { id, stored_status, seat_layout_id, ticket_type_count } = before;
  if (stored_status !== 'draft') throw new Problem('EVENT_NOT_DRAFT');
  const sellsSomething = seat_layout_id !== null || ticket_type_count > 0;
  if (!sellsSomething || !areInOrder(before)) throw new Problem('EVENT_INCOMPLETE');
  if (before.seat_count === 0) await addSeatsOfHall(trx, id);
  await setStatus(trx, id, 'upcoming');
  const event = await getEvent(trx, id);
  const after = { status: event.stored_status, seat_count: event.seat_count };
  await record({ action: 'event.publish', entityId: id, eventId: id, before: { status: 'draft' }, after });
  return event;
}

/**
 * Closes the event first and then looks for reservations. Closing waits for the holds that have their row of `event_seats`, so that they are
 * committed and seen here. All others meet a closed event, and are decided again.
 *
 * @param before the event, locked
 * @throws Problem EVENT_NOT_PUBLISHED, EVENT_HAS_RESERVATIONS
 */
export async function unpublishEvent(
  { trx, record }: Change,
  before: OrganizerEvent,
): Promise<OrganizerEvent> {
  const { id, stored_status } = before;
  if (stored_status === 'draft' || stored_status === 'cancelled') throw new Problem('EVENT_NOT_PUBLISHED');
  await setStatus(trx, id, 'draft');
  await requireNoReservation(trx, id);
  const after = { status: 'draft' };
  await record({
    action: 'event.unpublish',
    entityId: id,
    eventId: id,
    before: { status: stored_status },
    after,
  });
  return await getEvent(trx, id);
}

async function setStatus(trx: Db, eventId: string, status: 'draft' | 'upcoming'): Promise<void> {
  await trx
    .updateTable('events')
    .set({ status, updated_at: sql<string>`now()` })
    .where('id', '=', eventId)
    .execute();
}
