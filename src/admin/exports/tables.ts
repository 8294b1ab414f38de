import { type RawBuilder, sql } from 'kysely';
import type { Cell } from './csv.ts';

/** A value of a row. Lists are one cell in CSV. */
export type Value = Cell | readonly (string | number)[];
export type Row = Record<string, Value>;

/** What can be exported. The names of the columns are those of the fields in NDJSON. */
export interface Table {
  name: 'reservations' | 'seats';
  columns: readonly string[];
  rows(eventId: string): RawBuilder<Row>;
}

/** One row a reservation, oldest first. What was cancelled while the rest went on is left out of its seats and tickets. */
export const reservationsTable: Table = {
  name: 'reservations',
  columns: [
    'reservation_number',
    'status',
    'user_id',
    'seats',
    'tickets',
    'total_amount',
    'payment_status',
    'payment_method',
    'payment_id',
    'refund_due_amount',
    'refunded_amount',
    'created_at',
    'expires_at',
    'paid_at',
    'confirmed_at',
    'id',
  ],
  rows: (eventId) => sql<Row>`
    SELECT r.reservation_number,
      CASE WHEN r.status = 'pending' AND r.expires_at <= statement_timestamp() THEN 'expired' ELSE r.status END AS status,
      r.user_id, item.seats, item.tickets, r.total_amount, r.payment_status, r.payment_method, r.payment_id,
      refund.due AS refund_due_amount, refund.made AS refunded_amount,
      r.created_at, r.expires_at, r.paid_at, r.confirmed_at, r.id
    FROM reservations r
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(s.seat_label ORDER BY i.position) FILTER (WHERE s.id IS NOT NULL), '{}') AS seats,
        coalesce(array_agg(t.name || ' × ' || i.quantity - i.cancelled_quantity ORDER BY i.position)
          FILTER (WHERE t.id IS NOT NULL), '{}') AS tickets
      FROM reservation_items i LEFT JOIN seats s ON s.id = i.seat_id LEFT JOIN ticket_types t ON t.id = i.ticket_type_id
      WHERE i.reservation_id = r.id AND i.cancelled_quantity < i.quantity
    ) AS item
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(f.amount) FILTER (WHERE f.refunded_at IS NULL), 0)::bigint AS due,
        coalesce(sum(f.amount) FILTER (WHERE f.refunded_at IS NOT NULL), 0)::bigint AS made
      FROM refunds f WHERE f.reservation_id = r.id
    ) AS refund
    WHERE r.event_id = ${eventId}::uuid
    ORDER BY r.created_at, r.id`,
};

/** One row a seat, with the reservation that has it. */
export const seatsTable: Table = {
  name: 'seats',
  columns: [
    'section',
    'row_number',
    'seat_number',
    'seat_label',
    'status',
    'price',
    'attributes',
    'reservation_number',
    'user_id',
    'sold_price',
    'block_reason',
    'id',
  ],
  rows: (eventId) => sql<Row>`
    SELECT s.section, s.row_number, s.seat_number, s.seat_label, s.status, s.price, s.attributes,
      r.reservation_number, r.user_id, i.unit_price AS sold_price, b.reason AS block_reason, s.id
    FROM seats s
    LEFT JOIN reservation_items i ON i.seat_id = s.id AND i.released_at IS NULL
    LEFT JOIN reservations r ON r.id = i.reservation_id
    LEFT JOIN blocked_seats blocked ON blocked.seat_id = s.id
    LEFT JOIN seat_blocks b ON b.id = blocked.block_id
    WHERE s.event_id = ${eventId}::uuid
    ORDER BY s.section, s.row_number, s.seat_number`,
};
