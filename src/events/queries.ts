import { sql } from 'kysely';
import type { EventLimits } from '../contract/schemas.ts';
import type { Db } from '../database/database.ts';
import type { EventStatus } from '../database/schema.ts';

/** What the page of an event shows apart from its stock, as PostgreSQL had it at one moment. */
export interface PageFacts {
  id: string;
  title: string;
  description: string | null;
  venue: string;
  address: string | null;
  event_date: string;
  sale_start_date: string;
  sale_end_date: string;
  poster_image_url: string | null;
  seat_layout_id: string | null;
  artist_name: string | null;
  pre_scaled: boolean;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  timezone: string;
  /** Those that the event sets itself. */
  limits: Partial<EventLimits>;
  stored_status: EventStatus;
  sale_starts_ms: number;
  sale_ends_ms: number;
  /** By position, then the most expensive first, in the order of the recorded answers. Hidden ones are not shown. */
  ticket_types: {
    id: string;
    name: string;
    price: number;
    description: string | null;
    sale_start_date: string | null;
    sale_end_date: string | null;
    min_quantity: number;
    max_quantity: number | null;
    quantity_step: number;
    hidden: boolean;
  }[];
  /** The transaction that changed these facts last. It names them, on every instance alike. */
  changed_in: string;
}

/** A time in JSON, in the form of all answers. */
const utc = (column: string) =>
  sql`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** @returns `undefined` for an unknown event, and for a draft */
export async function readPageFacts(db: Db, eventId: string): Promise<PageFacts | undefined> {
  const { rows } = await sql<PageFacts>`
    SELECT e.id, e.title, e.description, e.venue, e.address, e.event_date, e.sale_start_date, e.sale_end_date,
      e.poster_image_url, e.seat_layout_id, e.artist_name, e.pre_scaled, e.created_by, e.created_at, e.updated_at, e.timezone,
      e.status AS stored_status,
      json_strip_nulls(json_build_object(
        'max_seats_per_reservation', e.max_seats_per_reservation, 'max_seats_per_user', e.max_seats_per_user,
        'max_tickets_per_reservation', e.max_tickets_per_reservation, 'max_tickets_per_user', e.max_tickets_per_user,
        'hold_seconds', e.hold_seconds, 'extend_seconds', e.extend_seconds)) AS limits,
      ceil(extract(epoch FROM e.sale_start_date) * 1000)::float8 AS sale_starts_ms,
      ceil(extract(epoch FROM least(e.sale_end_date, e.event_date)) * 1000)::float8 AS sale_ends_ms,
      (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'price', t.price,
          'description', t.description, 'sale_start_date', ${utc('t.sale_start_date')},
          'sale_end_date', ${utc('t.sale_end_date')},
          'min_quantity', t.min_quantity, 'max_quantity', t.max_quantity, 'quantity_step', t.quantity_step,
          'hidden', t.hidden) ORDER BY t.position, t.price DESC, t.id), '[]')
        FROM ticket_types t WHERE t.event_id = e.id) AS ticket_types,
      coalesce(c.changed_in::text, '0') AS changed_in
    FROM events e LEFT JOIN catalogue_changes c ON c.event_id = e.id
    WHERE e.id = ${eventId} AND e.status <> 'draft'`.execute(db);
  return rows[0];
}
