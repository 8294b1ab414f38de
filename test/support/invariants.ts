import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../src/database/database.ts';

/** Each query finds rows that must never exist. */
const forbidden = {
  'a seat with two live claims': sql`
    SELECT seat_id FROM reservation_items WHERE released_at IS NULL AND seat_id IS NOT NULL
    GROUP BY seat_id HAVING count(*) > 1`,
  'a seat whose status disagrees with its claim': sql`
    SELECT s.id, s.status, r.status AS claim FROM seats s
    LEFT JOIN reservation_items i ON i.seat_id = s.id AND i.released_at IS NULL
    LEFT JOIN reservations r ON r.id = i.reservation_id
    LEFT JOIN blocked_seats b ON b.seat_id = s.id
    WHERE s.status <> CASE WHEN b.seat_id IS NOT NULL THEN 'blocked'
      WHEN r.status = 'pending' THEN 'locked' WHEN r.status = 'confirmed' THEN 'reserved' ELSE 'available' END`,
  'a seat that is both blocked and claimed': sql`
    SELECT b.seat_id FROM blocked_seats b
    JOIN reservation_items i ON i.seat_id = b.seat_id AND i.released_at IS NULL`,
  'a block that is not released with its last seat': sql`
    SELECT id, released_at FROM seat_blocks b
    WHERE (released_at IS NULL) <> EXISTS (SELECT FROM blocked_seats s WHERE s.block_id = b.id)`,
  'a wrong count of available seats': sql`
    SELECT s.event_id FROM seats s LEFT JOIN event_seats e ON e.event_id = s.event_id
    GROUP BY s.event_id, e.total, e.available
    HAVING (e.total, e.available) IS DISTINCT FROM (count(*), count(*) FILTER (WHERE s.status = 'available'))`,
  'stock that does not add up': sql`
    SELECT t.id, t.total_quantity, t.available_quantity FROM ticket_types t
    LEFT JOIN reservation_items i ON i.ticket_type_id = t.id AND i.released_at IS NULL
    GROUP BY t.id HAVING t.total_quantity <> t.available_quantity + coalesce(sum(i.quantity - i.cancelled_quantity), 0)`,
  'a claim that outlived its reservation': sql`
    SELECT i.reservation_id FROM reservation_items i JOIN reservations r ON r.id = i.reservation_id
    WHERE i.released_at IS NULL AND r.status IN ('cancelled', 'expired')`,
  'a live reservation without its claims': sql`
    SELECT r.id FROM reservations r WHERE r.status IN ('pending', 'confirmed')
    AND NOT EXISTS (SELECT FROM reservation_items i WHERE i.reservation_id = r.id AND i.released_at IS NULL)`,
  'a payment that an ended reservation keeps': sql`
    SELECT id FROM reservations
    WHERE status IN ('cancelled', 'expired') AND payment_status = 'completed' AND NOT refund_due AND total_amount > 0`,
  'a refund that is made and still due': sql`
    SELECT id FROM reservations WHERE refund_due AND (payment_status = 'refunded' OR refunded_at IS NOT NULL)`,
  'a total that is not the sum of its items': sql`
    SELECT r.id FROM reservations r JOIN reservation_items i ON i.reservation_id = r.id
    GROUP BY r.id HAVING r.total_amount <> sum((i.quantity - i.cancelled_quantity) * i.unit_price::bigint)`,
  'a refund that is due, of a reservation that says the opposite': sql`
    SELECT r.id FROM reservations r
    WHERE r.refund_due <> EXISTS (SELECT FROM refunds f WHERE f.reservation_id = r.id AND f.refunded_at IS NULL)`,
  'more to pay back than was paid': sql`
    SELECT r.id FROM reservations r
    WHERE (SELECT sum(amount) FROM refunds f WHERE f.reservation_id = r.id AND f.reason <> 'paid_twice')
        + CASE r.status WHEN 'confirmed' THEN r.total_amount ELSE 0 END
      > (SELECT sum(quantity * unit_price::bigint) FROM reservation_items i WHERE i.reservation_id = r.id)`,
};

/** Expects that each seat is sold once and no stock is lost. This is true at every moment between two transactions. */
export async function expectInvariants(db: Db): Promise<void> {
  for (const [what, query] of Object.entries(forbidden)) {
    const { rows } = await query.execute(db);
    expect(rows, what).toEqual([]);
  }
}
