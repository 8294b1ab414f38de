import { sql } from 'kysely';
import type { EventChange, NewEvent, OrganizerEvent } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { difference } from '../difference.ts';
import type { Change } from '../plugin.ts';
import { getEvent } from './queries.ts';
import { requireDate, requireOrder, requireTimezone } from './rules.ts';
import { removeSeats } from './seats.ts';

/** The columns of an event that the body of a request sets. Texts are stored in NFC, so that a search finds them however they were typed. */
function columnsOf<Body extends NewEvent | EventChange>(body: Body): Body {
  const entries = Object.entries(body);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value.normalize('NFC') : value]),
  ) as Body;
}

/** @throws Problem VALIDATION_FAILED, LAYOUT_NOT_FOUND */
export async function createEvent({ trx, actor, record }: Change, body: NewEvent): Promise<OrganizerEvent> {
  await requireTimezone(trx, body);
  requireOrder(body);
  requireDate(body, 'companion_release_at');
  await requireLayout(trx, body.seat_layout_id);
  const { id } = await trx
    .insertInto('events')
    .values({
      description: null,
      address: null,
      poster_image_url: null,
      seat_layout_id: null,
      artist_name: null,
      ...NO_LIMITS,
      ...columnsOf(body),
      status: 'draft',
      created_by: actor.userId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const event = await getEvent(trx, id);
  await record({ action: 'event.create', entityId: id, eventId: id, after: event });
  return event;
}

const NO_LIMITS = {
  max_seats_per_reservation: null,
  max_seats_per_user: null,
  max_tickets_per_reservation: null,
  max_tickets_per_user: null,
  hold_seconds: null,
  extend_seconds: null,
  cancellable_until: null,
  companion_release_at: null,
};

/**
 * @param before the event, locked
 * @throws Problem VALIDATION_FAILED, LAYOUT_NOT_FOUND, EVENT_NOT_DRAFT, EVENT_NOT_PUBLISHED, EVENT_CANCELLED
 */
export async function changeEvent(
  { trx, record }: Change,
  before: OrganizerEvent,
  body: EventChange,
): Promise<OrganizerEvent> {
  const { id, stored_status, event_date, sale_start_date, sale_end_date } = before;
  await requireTimezone(trx, body);
  requireDate(body, 'companion_release_at');
  // An event of before may have dates out of order, and still get a new title.
  if (body.event_date ?? body.sale_start_date ?? body.sale_end_date)
    requireOrder({ event_date, sale_start_date, sale_end_date, ...datesIn(body) });
  if (body.status !== undefined) {
    if (stored_status === 'draft') throw new Problem('EVENT_NOT_PUBLISHED');
    if (stored_status === 'cancelled') throw new Problem('EVENT_CANCELLED');
  }
  if (body.seat_layout_id !== undefined && body.seat_layout_id !== before.seat_layout_id) {
    if (stored_status !== 'draft') throw new Problem('EVENT_NOT_DRAFT');
    await requireLayout(trx, body.seat_layout_id);
    // An earlier publication made them from the other hall.
    await removeSeats(trx, id);
  }
  await trx
    .updateTable('events')
    .set({ ...columnsOf(body), updated_at: sql<string>`now()` })
    .where('id', '=', id)
    .execute();
  const after = await getEvent(trx, id);
  await record({ action: 'event.change', entityId: id, eventId: id, ...difference(before, after) });
  return after;
}

function datesIn({ event_date, sale_start_date, sale_end_date }: EventChange) {
  return {
    ...(event_date !== undefined && { event_date }),
    ...(sale_start_date !== undefined && { sale_start_date }),
    ...(sale_end_date !== undefined && { sale_end_date }),
  };
}

/** Keeps the hall until the event has it. @throws Problem LAYOUT_NOT_FOUND */
async function requireLayout(trx: Db, layoutId: string | null | undefined): Promise<void> {
  if (layoutId === null || layoutId === undefined) return;
  const layout = await trx
    .selectFrom('seat_layouts')
    .select('id')
    .where('id', '=', layoutId)
    .forKeyShare()
    .executeTakeFirst();
  if (!layout) throw new Problem('LAYOUT_NOT_FOUND');
}

/** Copies an event with its ticket types. Its seats, its sales and an uploaded poster, which may be deleted with it, stay behind. */
export async function duplicateEvent(
  { trx, actor, record }: Change,
  eventId: string,
): Promise<OrganizerEvent> {
  const copied =
    sql.raw(`title, description, venue, address, event_date, sale_start_date, sale_end_date, timezone,
    seat_layout_id, artist_name, pre_scaled, max_seats_per_reservation, max_seats_per_user, max_tickets_per_reservation,
    max_tickets_per_user, hold_seconds, extend_seconds, companion_release_at`);
  const { rows } = await sql<{ id: string }>`
    INSERT INTO events (${copied}, poster_image_url, status, created_by)
    SELECT ${copied},
      CASE WHEN strpos(poster_image_url, '/api/v1/events/' || id || '/poster?v=') = 0 THEN poster_image_url END,
      'draft', ${actor.userId}
    FROM events WHERE id = ${eventId}
    RETURNING id`.execute(trx);
  const { id } = rows[0] as { id: string };
  const ofTypes =
    sql.raw(`name, description, price, total_quantity, sale_start_date, sale_end_date, min_quantity, max_quantity,
    quantity_step, position, hidden`);
  await sql`
    INSERT INTO ticket_types (event_id, available_quantity, ${ofTypes})
    SELECT ${id}, total_quantity, ${ofTypes} FROM ticket_types WHERE event_id = ${eventId}`.execute(trx);
  const event = await getEvent(trx, id);
  await record({
    action: 'event.duplicate',
    entityId: id,
    eventId: id,
    after: { ...event, copy_of: eventId },
  });
  return event;
}

/** @throws Problem EVENT_NOT_DRAFT, EVENT_HAS_RESERVATIONS */
export async function deleteDraft({ trx, record }: Change, before: OrganizerEvent): Promise<void> {
  const { id } = before;
  if (before.stored_status !== 'draft') throw new Problem('EVENT_NOT_DRAFT');
  await requireNoReservation(trx, id);
  await removeSeats(trx, id);
  await trx.deleteFrom('events').where('id', '=', id).execute();
  await record({ action: 'event.delete', entityId: id, eventId: id, before });
}

/** Call it with the event closed. @throws Problem EVENT_HAS_RESERVATIONS */
export async function requireNoReservation(trx: Db, eventId: string): Promise<void> {
  const reservation = await trx
    .selectFrom('reservations')
    .select('id')
    .where('event_id', '=', eventId)
    .limit(1)
    .executeTakeFirst();
  if (reservation) throw new Problem('EVENT_HAS_RESERVATIONS');
}
