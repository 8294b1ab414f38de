import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/**
 * Writes a hold of one seat for each user, all with the same end. The triggers would do the same, but in small batches.
 *
 * @param ends ms since 1970
 * @param userIdOf the user of the n-th seat
 * @returns the reservation of each seat
 */
export async function writeHolds(
  pool: pg.Pool,
  seatIds: string[],
  ends: number,
  userIdOf: (n: number) => string = () => randomUUID(),
): Promise<string[]> {
  const ids = seatIds.map(() => randomUUID());
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(
      `CREATE TEMPORARY TABLE holds ON COMMIT DROP AS
       SELECT s.id AS seat, s.event_id, s.price, given.id, given.user_id
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS given (seat, id, user_id) JOIN seats s ON s.id = given.seat`,
      [seatIds, ids, seatIds.map((_, n) => userIdOf(n))],
    );
    await client.query(
      `INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at)
       SELECT id, 'TK' || upper(left(replace(id::text, '-', ''), 12)), user_id, event_id, price, to_timestamp($1 / 1000.0)
       FROM holds`,
      [ends],
    );
    await client.query(
      `INSERT INTO reservation_items (reservation_id, seat_id, quantity, unit_price) SELECT id, seat, 1, price FROM holds`,
    );
    await client.query(
      `UPDATE seats SET status = 'locked', version = version + 1 FROM holds WHERE seats.id = holds.seat`,
    );
    await client.query(
      `UPDATE event_seats e SET available = available - (SELECT count(*) FROM holds WHERE holds.event_id = e.event_id)`,
    );
    await client.query('COMMIT');
    await client.query('ANALYZE reservations, reservation_items, seats');
    return ids;
  } finally {
    client.release();
  }
}
