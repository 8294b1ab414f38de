-- What the decisions leave: losers of seats, seats to block, stock, the statuses of events, and the report of all reservations.
-- In: everything above, and the decided contests. Out: new_seats.held and .blocked, new_types.total, new_events.status, findings.

UPDATE new_reservations r SET becomes = CASE becomes WHEN 'hold' THEN 'expired' ELSE 'cancelled' END, lost = true
FROM (SELECT DISTINCT id FROM contests WHERE NOT won) AS c WHERE c.id = r.id;

-- The amounts of ended reservations without a payment to give back stand as they were.
ALTER TABLE new_reservations ADD COLUMN status text, ADD COLUMN payment text, ADD COLUMN due boolean;
UPDATE new_reservations SET
  status = CASE WHEN becomes IN ('unproven', 'hold') THEN 'pending' ELSE becomes END,
  due = becomes IN ('cancelled', 'expired') AND was_payment = 'completed' AND total > 0,
  payment = CASE
    WHEN becomes = 'confirmed' OR was_payment = 'completed' AND total > 0 THEN 'completed'
    WHEN was_payment = 'refunded' AND payment_method IS NOT NULL THEN 'refunded'
    WHEN was_payment = 'failed' THEN 'failed'
    ELSE 'pending'
  END;
-- What no payment proves is kept until a month after the event, for a person to decide.
UPDATE new_reservations SET expires_at = greatest(least(event_date, now() + interval '10 years'), now()) + interval '30 days'
WHERE becomes = 'unproven';
ANALYZE new_reservations;

UPDATE new_seats s SET held = true FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id
WHERE i.seat_id = s.id AND r.status IN ('pending', 'confirmed');
-- Seats that were sold elsewhere, and those that a reservation names and can't have.
UPDATE new_seats s SET blocked = true
WHERE NOT s.held AND NOT s.already AND NOT EXISTS (SELECT FROM new_events e WHERE e.id = s.event_id AND e.closed) AND (
  coalesce(s.was, 'available') NOT IN ('available', 'locked')
  OR s.id IN (SELECT i.named_seat FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id
    WHERE i.stray = 'item-of-another-event' AND r.status IN ('pending', 'confirmed')));
CREATE TEMP TABLE held_before AS
SELECT i.seat_id, i.ticket_type_id, sum(i.quantity) AS quantity
FROM old_items i JOIN old_reservations r ON r.id = i.reservation_id
WHERE r.status IN ('pending', 'confirmed') GROUP BY i.seat_id, i.ticket_type_id;

INSERT INTO findings
SELECT rule, 'seats', s.id, s.event_id, to_jsonb(s.was), to_jsonb(CASE WHEN s.blocked THEN 'blocked' WHEN s.held THEN 'taken' ELSE 'available' END)
FROM new_seats s CROSS JOIN LATERAL (SELECT CASE
  WHEN s.blocked THEN 'seat-reserved-by-none'
  WHEN s.held AND s.was = 'available' THEN 'seat-available-but-held'
  WHEN NOT s.held AND s.was = 'locked' THEN 'seat-locked-by-none'
  WHEN NOT s.held AND s.was <> 'available' THEN 'seat-of-cancelled-event'
END AS rule) AS v
WHERE rule IS NOT NULL AND NOT s.already;

CREATE TEMP TABLE claimed AS
SELECT i.ticket_type_id AS id, sum(i.quantity) AS quantity
FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id
WHERE i.ticket_type_id IS NOT NULL AND r.status IN ('pending', 'confirmed') AND NOT r.already GROUP BY i.ticket_type_id;
CREATE TEMP TABLE stock AS
SELECT t.id, coalesce(c.quantity, 0) AS claimed, t.old_total - coalesce(b.quantity, 0) - t.old_available AS elsewhere
FROM new_types t LEFT JOIN claimed c USING (id)
LEFT JOIN (SELECT ticket_type_id AS id, sum(quantity) AS quantity FROM held_before GROUP BY 1) AS b USING (id);
UPDATE new_types t SET total = least(greatest(t.old_total - greatest(s.elsewhere, 0), s.claimed, 0), 2147483647)
FROM stock s WHERE s.id = t.id;
-- Of a ticket type that is here already, the total is raised if new reservations need it.
UPDATE new_types t SET total = k.total_quantity + greatest(s.claimed - k.available_quantity, 0)
FROM stock s, ticket_types k WHERE s.id = t.id AND k.id = t.id;

INSERT INTO findings
SELECT v.rule, 'ticket_types', t.id, t.event_id, jsonb_build_object('total', t.old_total, 'available', t.old_available),
  jsonb_build_object('total', t.total, 'available', t.total - s.claimed)
FROM new_types t JOIN stock s USING (id) LEFT JOIN ticket_types k USING (id) CROSS JOIN LATERAL (VALUES
  ('stock-sold-elsewhere', NOT t.already AND t.total < t.old_total),
  ('stock-above-claims', NOT t.already AND s.elsewhere < 0),
  ('stock-oversold', CASE WHEN t.already THEN t.total > k.total_quantity ELSE t.total > greatest(t.old_total - greatest(s.elsewhere, 0), 0) END)
) AS v (rule, applies)
WHERE v.applies AND NOT t.hidden;

-- An event that isn't cancelled follows from the clock and what is free, unless the service before said that it was over earlier.
UPDATE new_events e SET status = e.was
WHERE e.was = 'ended' AND now() < least(e.sale_end_date, e.event_date)
  OR e.was = 'sold_out' AND (
    EXISTS (SELECT FROM new_types t JOIN stock s USING (id) WHERE t.event_id = e.id AND t.total > s.claimed)
    OR EXISTS (SELECT FROM new_seats s WHERE s.event_id = e.id AND NOT s.held AND NOT s.blocked));
INSERT INTO findings
SELECT 'event-status', 'events', e.id, e.id, to_jsonb(e.was), to_jsonb(e.status) FROM new_events e
WHERE NOT e.already AND (e.status IN ('ended', 'sold_out') OR coalesce(e.was, '') NOT IN ('upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled')
  AND e.id <> current_setting('import.deleted_event')::uuid);

INSERT INTO findings
SELECT rule, 'reservations', r.id, r.event_id,
  jsonb_build_object('number', o.reservation_number, 'status', o.status, 'payment_status', o.payment_status, 'total_amount', o.total_amount),
  jsonb_build_object('number', r.number, 'status', r.status, 'payment_status', r.payment, 'total_amount', r.total, 'refund_due', r.due)
FROM new_reservations r JOIN old_reservations o USING (id) LEFT JOIN uneven u USING (id) CROSS JOIN LATERAL unnest(array_remove(ARRAY[
  CASE WHEN r.was_status = 'pending' AND r.wanted = 'expired' THEN 'hold-ended' END,
  CASE WHEN r.becomes = 'unproven' THEN 'confirmed-unpaid' END,
  CASE WHEN r.becomes = 'confirmed' AND r.was_payment <> 'completed' THEN 'confirmed-free' END,
  CASE WHEN r.was_status = 'pending' AND r.was_payment = 'completed' THEN 'paid-and-pending' END,
  CASE WHEN r.was_status IN ('cancelled', 'expired') AND r.due THEN 'paid-but-ended' END,
  CASE WHEN r.was_payment = 'refunded' AND r.payment <> 'refunded' THEN 'refunded-never-paid' END,
  CASE WHEN r.was_payment = 'refunded' AND r.was_status NOT IN ('cancelled', 'expired') THEN 'refunded-but-live' END,
  CASE WHEN r.lost THEN 'seat-sold-twice' END,
  CASE WHEN r.closed AND o.event_id = r.event_id AND r.wanted IN ('confirmed', 'unproven', 'hold') THEN 'event-cancelled' END,
  CASE WHEN o.event_id IS DISTINCT FROM r.event_id THEN 'event-deleted' END,
  CASE WHEN 'unknown' IN (r.was_status, r.was_payment) THEN 'status-unknown' END,
  CASE WHEN r.number IS DISTINCT FROM o.reservation_number THEN 'number-changed' END,
  CASE WHEN o.user_id IS NULL THEN 'user-unknown' END,
  CASE WHEN u.id IS NOT NULL THEN 'amount-not-sum' END,
  CASE WHEN o.total_amount < 0 THEN 'amount-negative' END,
  pg_temp.doubt(o.created_at)
], NULL)) AS rule
WHERE NOT r.already;
CREATE INDEX ON findings (event_id);
