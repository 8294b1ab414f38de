import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** What of an item a buyer gives up, and what they keep. */
export interface Given {
  /** A seat, or a ticket type. */
  of: string;
  claimed: number;
  quantity: number;
}

/**
 * Whether the rest of a reservation could have been sold by itself. Otherwise a buyer would get single tickets of a type that is sold in
 * fours, or a companion seat alone, by cancelling the others.
 */
export async function mayRemain(trx: Db, reservationId: string, given: Given[]): Promise<boolean> {
  const touched = given.filter(({ quantity, claimed }) => quantity > 0 && quantity < claimed);
  const [gone, kept] = [true, false].map((isGone) =>
    given.flatMap(({ of, quantity }) => (quantity > 0 === isGone ? of : [])),
  );
  const { rows } = await sql`
    SELECT FROM unnest(${touched.map(({ of }) => of)}::uuid[], ${touched.map(({ claimed, quantity }) => claimed - quantity)}::integer[])
      AS rest (id, quantity)
    JOIN ticket_types t USING (id)
    WHERE rest.quantity < t.min_quantity OR (rest.quantity - t.min_quantity) % t.quantity_step <> 0
    UNION ALL
    SELECT FROM seats c JOIN event_seats e USING (event_id)
    WHERE c.id = ANY (${kept}::uuid[]) AND 'companion' = ANY (c.attributes) AND NOT e.companions_released
      AND EXISTS (SELECT FROM seats a WHERE a.id = ANY (${gone}::uuid[]) AND ${isAccessibleBeside})
      -- The seats beside it, of this reservation or of another one of the same user.
      AND NOT EXISTS (
        SELECT FROM reservations mine JOIN reservations r USING (user_id, event_id)
        JOIN reservation_items i ON i.reservation_id = r.id AND i.released_at IS NULL JOIN seats a ON a.id = i.seat_id
        WHERE mine.id = ${reservationId} AND (r.status = 'confirmed' OR r.status = 'pending' AND r.expires_at > now())
          AND a.id <> ALL (${gone}::uuid[]) AND ${isAccessibleBeside})
    LIMIT 1`.execute(trx);
  return rows.length === 0;
}

/** Whether seat `a` is accessible and beside the companion seat `c`. */
const isAccessibleBeside = sql`(a.event_id, a.section, a.row_number) = (c.event_id, c.section, c.row_number)
  AND a.seat_number IN (c.seat_number - 1, c.seat_number + 1) AND 'accessible' = ANY (a.attributes)`;
