import { sql } from 'kysely';
import type { SalesOverview } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';

/**
 * What an event has sold. One statement reads all of it, so that the figures are those of the version that it names.
 *
 * A hold counts as held until it ends, as in the seat map of this version: the sweep ends it within two seconds after its time is up.
 */
export async function getSalesOverview(db: Db, eventId: string): Promise<SalesOverview> {
  const readAt = new Date().toISOString();
  const { rows } = await sql<Row>`
    WITH sold AS MATERIALIZED (
      SELECT i.seat_id, i.ticket_type_id, i.quantity - i.cancelled_quantity AS quantity, i.unit_price
      FROM reservations r JOIN reservation_items i ON i.reservation_id = r.id AND i.released_at IS NULL
      WHERE r.event_id = ${eventId} AND r.status = 'confirmed'
    ), seat_section AS (
      SELECT s.section, count(*) AS total,
        count(*) FILTER (WHERE s.status = 'reserved') AS sold, count(*) FILTER (WHERE s.status = 'locked') AS held,
        count(*) FILTER (WHERE s.status = 'available') AS free, count(*) FILTER (WHERE s.status = 'blocked') AS blocked,
        coalesce(sum(sold.unit_price), 0)::bigint AS revenue
      FROM seats s LEFT JOIN sold ON sold.seat_id = s.id
      WHERE s.event_id = ${eventId} GROUP BY s.section ORDER BY s.section
    ), ticket_type AS (
      SELECT t.id, t.name, t.total_quantity AS total, coalesce(paid.quantity, 0)::integer AS sold,
        (t.total_quantity - t.available_quantity - coalesce(paid.quantity, 0))::integer AS held,
        t.available_quantity AS free, coalesce(paid.revenue, 0)::bigint AS revenue
      FROM ticket_types t LEFT JOIN (
        SELECT ticket_type_id, sum(quantity) AS quantity, sum(quantity * unit_price::bigint) AS revenue
        FROM sold GROUP BY ticket_type_id
      ) AS paid ON paid.ticket_type_id = t.id
      WHERE t.event_id = ${eventId} ORDER BY t.position, t.price DESC, t.id
    ), reservation AS (
      SELECT count(*) FILTER (WHERE status = 'confirmed') AS paid, count(*) FILTER (WHERE status = 'pending') AS held
      FROM reservations WHERE event_id = ${eventId} AND status IN ('pending', 'confirmed')
    ), refund AS (
      SELECT count(*) AS count, coalesce(sum(f.amount), 0)::bigint AS amount
      FROM reservations r JOIN refunds f ON f.reservation_id = r.id AND f.refunded_at IS NULL
      WHERE r.event_id = ${eventId} AND r.refund_due
    )
    SELECT e.version,
      (SELECT row_to_json(reservation) FROM reservation) AS reservations,
      (SELECT coalesce(json_agg(seat_section), '[]') FROM seat_section) AS sections,
      (SELECT coalesce(json_agg(ticket_type), '[]') FROM ticket_type) AS ticket_types,
      (SELECT row_to_json(refund) FROM refund) AS refunds_due
    FROM event_seats e WHERE e.event_id = ${eventId}`.execute(db);
  const [{ version, reservations, sections, ticket_types, refunds_due }] = rows as [Row];
  return {
    event_id: eventId,
    version,
    read_at: readAt,
    reservations,
    seats: {
      total: sum(sections, 'total'),
      sold: sum(sections, 'sold'),
      held: sum(sections, 'held'),
      free: sum(sections, 'free'),
      blocked: sum(sections, 'blocked'),
    },
    tickets: {
      total: sum(ticket_types, 'total'),
      sold: sum(ticket_types, 'sold'),
      held: sum(ticket_types, 'held'),
      free: sum(ticket_types, 'free'),
    },
    revenue: sum(sections, 'revenue') + sum(ticket_types, 'revenue'),
    refunds_due,
    sections,
    ticket_types,
  };
}

type Row = Pick<SalesOverview, 'version' | 'reservations' | 'sections' | 'ticket_types' | 'refunds_due'>;

function sum<Key extends string>(rows: Record<Key, number>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}
