import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** The event that a run sells. */
export interface Offer {
  eventId: string;
  seatIds: string[];
  ticketTypeId: string;
}

export const PRICE = 50_000;

/**
 * An event on sale: a hall with rows of 100 seats in sections of 100 rows, and one ticket type.
 *
 * The seat ids come in random order, as buyers click all over the hall.
 */
export async function offer(
  pool: pg.Pool,
  { seats = 0, stock = 0 }: { seats?: number; stock?: number },
): Promise<Offer> {
  const eventId = randomUUID();
  const ticketTypeId = randomUUID();
  const layoutId = randomUUID();
  const sections = Array.from({ length: Math.ceil(seats / 10_000) || 1 }, (_, index) => ({
    name: `S${index}`,
    rows: 100,
    seatsPerRow: 100,
    startRow: 1,
    price: PRICE,
  }));
  await pool.query(
    'INSERT INTO seat_layouts (id, name, total_seats, layout_config) VALUES ($1, $2, $3, $4)',
    [layoutId, `hall ${layoutId}`, Math.max(1, seats), { sections }],
  );
  await pool.query(
    `INSERT INTO events (id, title, venue, event_date, sale_start_date, sale_end_date, status, seat_layout_id)
     VALUES ($1, $2, 'bench', now() + interval '30 days', now() - interval '1 day', now() + interval '29 days', 'on_sale', $3)`,
    [eventId, `bench ${eventId}`, layoutId],
  );
  await pool.query(
    `INSERT INTO ticket_types (id, event_id, name, price, total_quantity, available_quantity) VALUES ($1, $2, 'bench', $3, $4, $4)`,
    [ticketTypeId, eventId, PRICE, stock],
  );
  await pool.query(
    `INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price)
     SELECT $1, 'S' || n / 10000, n % 10000 / 100 + 1, n % 100 + 1, 'S' || n / 10000 || '-' || n % 10000 / 100 + 1 || '-' || n % 100 + 1, $2
     FROM generate_series(0, $3::integer - 1) AS n`,
    [eventId, PRICE, seats],
  );
  await pool.query('ANALYZE seats, ticket_types, events');
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM seats WHERE event_id = $1 ORDER BY random()',
    [eventId],
  );
  return { eventId, seatIds: rows.map(({ id }) => id), ticketTypeId };
}

/** Empties the tables, so that the sales of one run neither slow down the next one nor expire during it. */
export async function clear(pool: pg.Pool): Promise<void> {
  await pool.query(
    'TRUNCATE reservation_items, reservations, idempotency_keys, event_changes, event_seats, seats, ticket_types, events, seat_layouts CASCADE',
  );
}
