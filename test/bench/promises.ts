import type pg from 'pg';
import type { LoadResult } from './processes/generator.ts';

/** Each statement finds rows that must not exist, in the event $1, or in all events if it is null. */
const forbidden: Record<string, string> = {
  'a seat with two live claims': `
    SELECT i.seat_id FROM reservation_items i JOIN seats s ON s.id = i.seat_id
    WHERE i.released_at IS NULL AND ($1::uuid IS NULL OR s.event_id = $1) GROUP BY i.seat_id HAVING count(*) > 1`,
  'a seat whose status disagrees with its claim': `
    SELECT s.id FROM seats s
    LEFT JOIN reservation_items i ON i.seat_id = s.id AND i.released_at IS NULL
    LEFT JOIN reservations r ON r.id = i.reservation_id
    WHERE s.status <> CASE r.status WHEN 'pending' THEN 'locked' WHEN 'confirmed' THEN 'reserved' ELSE 'available' END
      AND ($1::uuid IS NULL OR s.event_id = $1)`,
  'stock that does not add up': `
    SELECT t.id FROM ticket_types t
    LEFT JOIN reservation_items i ON i.ticket_type_id = t.id AND i.released_at IS NULL
    WHERE $1::uuid IS NULL OR t.event_id = $1
    GROUP BY t.id HAVING t.total_quantity <> t.available_quantity + coalesce(sum(i.quantity), 0)`,
  'a claim that outlived its reservation': `
    SELECT i.reservation_id FROM reservation_items i JOIN reservations r ON r.id = i.reservation_id
    WHERE i.released_at IS NULL AND r.status IN ('cancelled', 'expired') AND ($1::uuid IS NULL OR r.event_id = $1)`,
  'a live reservation without its claims': `
    SELECT r.id FROM reservations r
    WHERE r.status IN ('pending', 'confirmed') AND ($1::uuid IS NULL OR r.event_id = $1)
    AND NOT EXISTS (SELECT FROM reservation_items i WHERE i.reservation_id = r.id AND i.released_at IS NULL)`,
};

/** @returns which promises the database breaks, in one event or in all of them */
export async function brokenPromises(pool: pg.Pool, eventId: string | null = null): Promise<string[]> {
  const broken: string[] = [];
  for (const [what, query] of Object.entries(forbidden)) {
    const { rowCount } = await pool.query(query, [eventId]);
    if (rowCount) broken.push(`${rowCount} × ${what}`);
  }
  return broken;
}

/**
 * Compares the answers with the database: every 201 is a reservation of its user with live claims, and every reservation has a 201.
 *
 * @param others the reservations of the event from before the run
 */
export async function brokenAnswers(
  pool: pg.Pool,
  eventId: string,
  { granted, answers }: LoadResult,
  others = 0,
): Promise<string[]> {
  const { rows } = await pool.query<{ found: number; sold: number }>(
    `SELECT
       (SELECT count(*) FROM unnest($2::uuid[], $3::uuid[]) AS told (id, user_id)
        JOIN reservations r ON r.id = told.id AND r.user_id = told.user_id AND r.event_id = $1
        WHERE EXISTS (SELECT FROM reservation_items i WHERE i.reservation_id = r.id AND i.released_at IS NULL))::integer AS found,
       (SELECT count(*) FROM reservations WHERE event_id = $1)::integer AS sold`,
    [eventId, granted.map(({ reservationId }) => reservationId), granted.map(({ userId }) => userId)],
  );
  const { found, sold } = rows[0] as { found: number; sold: number };
  const broken: string[] = [];
  if (found < granted.length)
    broken.push(`${granted.length - found} of ${granted.length} answers 201 are not in the database`);
  // A request whose connection broke may still have been granted.
  const mine = sold - others;
  if (mine !== granted.length && !answers['0'])
    broken.push(`${mine} reservations, but ${granted.length} answers 201`);
  return broken;
}

/** No seat may be granted to two users. */
export function seatsSoldTwice({ granted }: LoadResult, seatOf: (request: number) => string): string[] {
  const seats = new Set(granted.map(({ request }) => seatOf(request)));
  return seats.size < granted.length ? [`${granted.length - seats.size} seats were granted twice`] : [];
}
