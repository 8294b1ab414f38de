-- Items. Those without a seat or ticket type of their event are kept as items of a hidden ticket type, so that the reservation keeps
-- what it was for and what it cost.
-- In: old_items, new_reservations, new_seats, new_types. Out: new_items, more new_types, new_reservations.total, findings.

CREATE FUNCTION pg_temp.hidden_type(event_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.derived('imported items of ' || event_id) $$;

CREATE TEMP TABLE new_items AS
SELECT i.id, i.reservation_id, row_number() OVER (PARTITION BY i.reservation_id ORDER BY i.created_at, i.id) AS n,
  CASE WHEN c.stray IS NULL THEN s.id END AS seat_id,
  CASE WHEN c.stray IS NOT NULL THEN pg_temp.hidden_type(r.event_id) WHEN s.id IS NULL THEN t.id END AS ticket_type_id,
  CASE WHEN c.stray IS NULL AND s.id IS NOT NULL THEN 1 ELSE least(greatest(round(i.quantity), 1), 1000000)::integer END AS quantity,
  round(coalesce(i.unit_price, 0))::bigint AS unit_price, round(coalesce(i.subtotal, 0))::bigint AS subtotal,
  c.stray, i.seat_id AS named_seat
FROM (
  SELECT *, row_number() OVER (PARTITION BY reservation_id, seat_id ORDER BY created_at, id) AS nth FROM old_items
) AS i
JOIN new_reservations r ON r.id = i.reservation_id AND NOT r.already
LEFT JOIN new_seats s ON s.id = i.seat_id
LEFT JOIN new_types t ON t.id = i.ticket_type_id
CROSS JOIN LATERAL (SELECT CASE
  WHEN s.id IS NULL AND (i.seat_id IS NOT NULL OR t.id IS NULL) THEN 'item-gone'
  WHEN coalesce(s.event_id, t.event_id) <> r.event_id THEN 'item-of-another-event'
  WHEN s.id IS NOT NULL AND i.nth > 1 THEN 'seat-twice-in-one'
END AS stray) AS c;

-- A live reservation without any item gets one for its whole amount.
INSERT INTO new_items
SELECT NULL, r.id, 1, NULL, pg_temp.hidden_type(r.event_id), 1, r.total, r.total, 'without-items', NULL
FROM new_reservations r
WHERE NOT r.already AND r.becomes IN ('confirmed', 'unproven', 'hold')
  AND NOT EXISTS (SELECT FROM new_items i WHERE i.reservation_id = r.id);

INSERT INTO findings
SELECT rule, 'reservation_items', coalesce(i.id, i.reservation_id), r.event_id, to_jsonb(o) - 'created_at',
  jsonb_build_object('seat_id', i.seat_id, 'ticket_type_id', i.ticket_type_id, 'quantity', i.quantity)
FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id LEFT JOIN old_items o ON o.id = i.id
CROSS JOIN LATERAL unnest(array_remove(ARRAY[
  i.stray,
  CASE WHEN o.seat_id IS NOT NULL AND o.ticket_type_id IS NOT NULL THEN 'item-of-two-kinds' END,
  CASE WHEN o.id IS NOT NULL AND i.quantity IS DISTINCT FROM o.quantity THEN 'item-quantity' END
], NULL)) AS rule;
INSERT INTO findings
SELECT 'without-reservation', 'reservation_items', o.id, NULL, to_jsonb(o), NULL FROM old_items o
WHERE NOT EXISTS (SELECT FROM new_reservations r WHERE r.id = o.reservation_id);

-- Amounts. A buyer paid the total, so that the items share it.
CREATE TEMP TABLE uneven AS
SELECT r.id, r.total AS was, sum(i.quantity * i.unit_price) AS by_items,
  CASE WHEN r.total >= 0 THEN r.total ELSE sum(i.quantity * greatest(i.unit_price, 0)) END AS total,
  sum(greatest(i.subtotal, 0)) = r.total AS by_subtotal
FROM new_reservations r JOIN new_items i ON i.reservation_id = r.id
GROUP BY r.id
HAVING r.total <> sum(i.quantity * i.unit_price) OR bool_or(i.unit_price NOT BETWEEN 0 AND 2147483647);
UPDATE new_reservations r SET total = greatest(u.total, 0) FROM uneven u WHERE u.id = r.id;
-- One without items.
UPDATE new_reservations SET total = 0 WHERE total < 0;

-- Each line gets its share, rounded so that the shares add up. A share that its quantity doesn't divide is two lines.
CREATE TEMP TABLE evened AS
WITH weighed AS (
  SELECT i.*, u.total, CASE WHEN u.by_subtotal THEN greatest(i.subtotal, 0) ELSE i.quantity * greatest(i.unit_price, 0) END AS weight
  FROM new_items i JOIN uneven u ON u.id = i.reservation_id
), spread AS (
  SELECT w.*, sum(weight) OVER own AS whole, sum(weight) OVER up_to AS upto, sum(quantity) OVER own AS pieces,
    sum(quantity) OVER up_to AS pieces_upto
  FROM weighed w WINDOW own AS (PARTITION BY reservation_id), up_to AS (PARTITION BY reservation_id ORDER BY n)
), shared AS (
  SELECT s.*, CASE WHEN whole > 0
    THEN div(total * upto, whole) - div(total * (upto - weight), whole)
    ELSE div(total::numeric * pieces_upto, pieces) - div(total::numeric * (pieces_upto - quantity), pieces) END AS share
  FROM spread s
)
SELECT id, reservation_id, row_number() OVER (PARTITION BY reservation_id ORDER BY s.n, part) AS n, seat_id, ticket_type_id,
  p.quantity::integer AS quantity, p.unit_price::bigint AS unit_price, s.subtotal, s.stray, s.named_seat
FROM shared s CROSS JOIN LATERAL (VALUES
  (1, s.quantity - s.share % s.quantity, div(s.share, s.quantity)),
  (2, s.share % s.quantity, div(s.share, s.quantity) + 1)
) AS p (part, quantity, unit_price)
WHERE p.quantity > 0;
DELETE FROM new_items i USING uneven u WHERE u.id = i.reservation_id;
INSERT INTO new_items SELECT * FROM evened;
CREATE INDEX ON new_items (reservation_id);
CREATE INDEX ON new_items (seat_id);
ANALYZE new_items;

INSERT INTO new_types
SELECT pg_temp.hidden_type(r.event_id), r.event_id, '이전 서비스의 항목 / Imported items', NULL, 0, 0, 0, 0, true,
  EXISTS (SELECT FROM ticket_types k WHERE k.id = pg_temp.hidden_type(r.event_id)), NULL
FROM (SELECT DISTINCT r.event_id FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id WHERE i.stray IS NOT NULL) AS r;
