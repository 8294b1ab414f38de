import { sql } from 'kysely';
import type { OrganizerEvent, RefundsDue } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Claims } from '../../plugins/auth.ts';

/** Events as their organizers see them. The caller adds the conditions. */
function eventsIn(db: Db) {
  return db
    .selectFrom('event_listing as e')
    .leftJoin('event_seats as s', 's.event_id', 'e.id')
    .select([
      'e.id',
      'e.title',
      'e.description',
      'e.venue',
      'e.address',
      'e.event_date',
      'e.sale_start_date',
      'e.sale_end_date',
      'e.timezone',
      'e.poster_image_url',
      'e.current_status as status',
      'e.status as stored_status',
      'e.seat_layout_id',
      'e.artist_name',
      'e.pre_scaled',
      'e.max_seats_per_reservation',
      'e.max_seats_per_user',
      'e.max_tickets_per_reservation',
      'e.max_tickets_per_user',
      'e.hold_seconds',
      'e.extend_seconds',
      'e.cancellable_until',
      'e.companion_release_at',
      'e.created_by',
      'e.created_at',
      'e.updated_at',
      'e.revision',
      sql<number>`coalesce(s.total, 0)`.as('seat_count'),
      sql<number>`(SELECT count(*) FROM ticket_types t WHERE t.event_id = e.id)`.as('ticket_type_count'),
    ]);
}

/** @throws Problem EVENT_NOT_FOUND */
export async function getEvent(db: Db, eventId: string): Promise<OrganizerEvent> {
  const event = await eventsIn(db).where('e.id', '=', eventId).executeTakeFirst();
  if (!event) throw new Problem('EVENT_NOT_FOUND');
  return event;
}

export interface EventSearch {
  status: OrganizerEvent['status'] | undefined;
  /** Text that an event contains. */
  q: string | undefined;
  /** Only events with payments to pay back, and how many there are. */
  refundDue: boolean;
  limit: number;
  /** The last event of the page before. */
  after: string | undefined;
}

/** The latest event date first. An organizer finds their own events. */
export async function listEvents(db: Db, user: Claims, { status, q, refundDue, limit, after }: EventSearch) {
  let query = eventsIn(db);
  if (user.role !== 'admin') query = query.where('e.created_by', '=', user.userId);
  if (status !== undefined) query = query.where('e.current_status', '=', status);
  if (q !== undefined) query = query.where(sql<boolean>`position(lower(${q}) IN e.search_text) > 0`);
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(e.event_date, e.id) < (SELECT last.event_date, last.id FROM events last WHERE last.id = ${after})`,
    );
  const rows = await query
    .$if(refundDue, (events) =>
      events
        .innerJoin(refundsDue(db), 'due.event_id', 'e.id')
        .select(
          sql<RefundsDue>`json_build_object('count', due.count, 'amount', due.amount)`.as('refunds_due'),
        ),
    )
    .orderBy('e.event_date', 'desc')
    .orderBy('e.id', 'desc')
    .limit(limit + 1)
    .execute();
  return { events: rows.slice(0, limit), more: rows.length > limit };
}

/** By event. The index `refunds_due` has reservations with a refund alone. */
function refundsDue(db: Db) {
  return db
    .selectFrom('reservations as r')
    .innerJoin('refunds as f', 'f.reservation_id', 'r.id')
    .where('r.refund_due', '=', true)
    .where('f.refunded_at', 'is', null)
    .select(['r.event_id', sql<number>`count(*)`.as('count'), sql<number>`sum(f.amount)`.as('amount')])
    .groupBy('r.event_id')
    .as('due');
}
