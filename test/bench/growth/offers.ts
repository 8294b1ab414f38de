import type pg from 'pg';
import { offer, PRICE } from '../catalogue.ts';

/** Offers for sale. Each hall makes one sale before the measurement, because its first sale reads the whole hall. */
export interface ToSell {
  opening: object[];
  bodies: object[];
}

/** Halls of this size that are sold one after the other: a small one is full before the run ends. */
export async function seatsInHalls(pool: pg.Pool, seats: number, requests: number): Promise<ToSell> {
  const sale: ToSell = { opening: [], bodies: [] };
  while (sale.bodies.length < requests) {
    const { eventId, seatIds } = await offer(pool, { seats });
    const [first, ...others] = seatIds.map((seatId) => ({ eventId, seatIds: [seatId] }));
    sale.opening.push(first as object);
    sale.bodies.push(...others.slice(0, requests - sale.bodies.length));
  }
  return sale;
}

/** Requests for two seats of such halls, in each as many as nine tenths of it hold. */
export async function pairsInHalls(pool: pg.Pool, seats: number, requests: number): Promise<ToSell> {
  const sale: ToSell = { opening: [], bodies: [] };
  while (sale.bodies.length < requests) {
    const { eventId } = await offer(pool, { seats });
    const pairs = Math.min(seats * 0.45, requests - sale.bodies.length);
    sale.opening.push({ eventId, quantity: 2 });
    sale.bodies.push(...Array.from({ length: pairs }, () => ({ eventId, quantity: 2 })));
  }
  return sale;
}

/** Seats of many events that are on sale at once, and each request is for another event than the one before. */
export async function seatsOfEvents(pool: pg.Pool, events: number, requests: number): Promise<ToSell> {
  const seats = Math.ceil(requests / events);
  await pool.query(
    `INSERT INTO events (title, venue, event_date, sale_start_date, sale_end_date, status)
     SELECT 'event ' || n, 'bench', now() + interval '30 days', now() - interval '1 day', now() + interval '29 days', 'on_sale'
     FROM generate_series(1, $1::integer) AS n`,
    [events],
  );
  await pool.query(
    `INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price)
     SELECT id, 'A', n / 100 + 1, n % 100 + 1, 'A-' || n, $1 FROM events, generate_series(0, $2::integer - 1) AS n`,
    [PRICE, seats],
  );
  await pool.query('ANALYZE seats, events');
  const { rows } = await pool.query<{ eventId: string; seatId: string }>(
    `SELECT event_id AS "eventId", id AS "seatId" FROM seats ORDER BY row_number, seat_number, event_id LIMIT $1`,
    [requests],
  );
  return { opening: [], bodies: rows.map(({ eventId, seatId }) => ({ eventId, seatIds: [seatId] })) };
}
