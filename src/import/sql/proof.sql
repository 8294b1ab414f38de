-- Compares what is here with the source. In a dry run it is what would be here.
-- In: the plan, findings, and the setting import.dry_run. Out: proof, flows and unexplained.

CREATE TEMP TABLE here_reservations AS
SELECT r.id, r.event_id, r.user_id, r.reservation_number AS number, r.total_amount AS total, r.status, r.payment_status AS payment, r.refund_due AS due,
  r.updated_at FROM reservations r JOIN old_reservations o USING (id) WHERE current_setting('import.dry_run') = 'off'
UNION ALL SELECT id, event_id, user_id, number, total, status, payment, due, updated_at FROM new_reservations WHERE current_setting('import.dry_run') = 'on';
ALTER TABLE here_reservations ADD PRIMARY KEY (id);
CREATE TEMP TABLE here_items AS
SELECT i.reservation_id, i.seat_id, i.ticket_type_id, i.quantity, i.quantity * i.unit_price::bigint AS won, i.released_at IS NULL AS live
FROM reservation_items i JOIN new_reservations r ON r.id = i.reservation_id AND NOT r.already WHERE current_setting('import.dry_run') = 'off'
UNION ALL SELECT i.reservation_id, i.seat_id, i.ticket_type_id, i.quantity, i.quantity * i.unit_price, r.status IN ('pending', 'confirmed')
FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id AND NOT r.already WHERE current_setting('import.dry_run') = 'on';
CREATE TEMP TABLE here_seats AS
SELECT s.id, s.status FROM seats s JOIN new_seats n USING (id) WHERE current_setting('import.dry_run') = 'off'
UNION ALL SELECT s.id, CASE WHEN s.blocked THEN 'blocked' WHEN NOT s.held THEN 'available' ELSE coalesce((
    SELECT CASE r.status WHEN 'confirmed' THEN 'reserved' ELSE 'locked' END FROM new_items i JOIN new_reservations r ON r.id = i.reservation_id
    WHERE i.seat_id = s.id AND r.status IN ('pending', 'confirmed')), 'available') END
FROM new_seats s WHERE current_setting('import.dry_run') = 'on';
CREATE TEMP TABLE here_types AS
SELECT t.id, t.total_quantity AS total, t.available_quantity AS available FROM ticket_types t JOIN new_types n USING (id)
WHERE current_setting('import.dry_run') = 'off'
UNION ALL SELECT t.id, t.total, t.total - coalesce(s.claimed, 0) FROM new_types t LEFT JOIN stock s USING (id)
WHERE current_setting('import.dry_run') = 'on';
ANALYZE here_reservations, here_items, here_seats;

-- Rows of each table. `left_out` and `added` follow from rules.
CREATE TEMP TABLE proof (what text, source numeric, here numeric, left_out numeric, added numeric);
INSERT INTO proof
SELECT 'seat_layouts', (SELECT count(*) FROM old_halls), count(*), 0, 0 FROM new_halls n
WHERE current_setting('import.dry_run') = 'on' OR EXISTS (SELECT FROM seat_layouts h WHERE h.id = n.id);
INSERT INTO proof
SELECT 'keyword_mappings', (SELECT count(*) FROM old_keywords), count(*),
  (SELECT coalesce(sum((was #>> '{}')::numeric - 1), 0) FROM findings WHERE rule = 'keywords-merged'), 0 FROM new_keywords n
WHERE current_setting('import.dry_run') = 'on' OR EXISTS (SELECT FROM keyword_mappings k WHERE (k.korean, k.english) = (n.korean, n.english));
INSERT INTO proof
SELECT 'events', (SELECT count(*) FROM old_events), count(*), 0,
  (SELECT count(*) FROM new_events WHERE id = current_setting('import.deleted_event')::uuid) FROM new_events n
WHERE current_setting('import.dry_run') = 'on' OR EXISTS (SELECT FROM events e WHERE e.id = n.id);
INSERT INTO proof
SELECT 'ticket_types', (SELECT count(*) FROM old_types), count(*),
  (SELECT count(*) FROM findings WHERE rule = 'without-event' AND entity = 'ticket_types'), (SELECT count(*) FROM new_types WHERE hidden)
FROM here_types;
INSERT INTO proof
SELECT 'seats', (SELECT count(*) FROM old_seats), count(*), (SELECT count(*) FROM findings WHERE rule = 'without-event' AND entity = 'seats'), 0
FROM here_seats;
INSERT INTO proof
SELECT 'reservations', (SELECT count(*) FROM old_reservations), count(*), 0, 0 FROM here_reservations;
-- What a reservation that was here before has become since is not the import's.
INSERT INTO proof
SELECT 'reservations, won', (SELECT coalesce(sum(o.total_amount), 0) FROM old_reservations o JOIN new_reservations r USING (id) WHERE NOT r.already),
  coalesce(sum(h.total), 0), 0,
  (SELECT coalesce(sum(r.total - o.total_amount), 0) FROM old_reservations o JOIN new_reservations r USING (id)
    WHERE NOT r.already AND o.total_amount < 0)
FROM here_reservations h JOIN new_reservations r USING (id) WHERE NOT r.already;
INSERT INTO proof
SELECT 'reservation_items', (SELECT count(*) FROM old_items o WHERE NOT EXISTS (SELECT FROM new_reservations r WHERE r.id = o.reservation_id AND r.already)),
  count(*), (SELECT count(*) FROM findings WHERE rule = 'without-reservation'),
  -- Items for those without any, and second lines of shares that their quantity doesn't divide.
  (SELECT count(*) FILTER (WHERE i.id IS NULL) + count(i.id) - count(DISTINCT i.id) FROM new_items i)
FROM here_items;
INSERT INTO proof
SELECT 'stock', (SELECT coalesce(sum(old_total), 0) FROM new_types WHERE NOT already), coalesce(sum(h.total), 0),
  (SELECT coalesce(sum(old_total - total), 0) FROM new_types WHERE NOT already AND total < old_total),
  (SELECT coalesce(sum(total - old_total), 0) FROM new_types WHERE NOT already AND total > old_total)
FROM here_types h JOIN new_types t USING (id) WHERE NOT t.already;

-- From which states to which, of the rows that this run brings.
CREATE TEMP TABLE flows AS
SELECT 'reservations' AS what, coalesce(o.status, 'none') || ', ' || coalesce(o.payment_status, 'none') AS source,
  h.status || ', ' || h.payment || CASE WHEN h.due THEN ', refund due' ELSE '' END AS here, count(*) AS rows, sum(h.total) AS won
FROM here_reservations h JOIN new_reservations r USING (id) JOIN old_reservations o USING (id) WHERE NOT r.already GROUP BY 2, 3
UNION ALL
SELECT 'seats', coalesce(s.was, 'none'), h.status, count(*), NULL FROM here_seats h JOIN new_seats s USING (id) WHERE NOT s.already GROUP BY 2, 3;

-- What no rule explains. Rows that were here before stay as they are, so that what happened to them in the source since is named. Rows that were sold, paid or ended here since they were written are left out.
CREATE TEMP TABLE unexplained AS
SELECT 'reservations' AS entity, r.id::text AS id FROM new_reservations r LEFT JOIN here_reservations h USING (id)
WHERE h.id IS NULL OR NOT r.already AND h.updated_at = r.updated_at AND
  (h.number, h.user_id, h.event_id, h.total, h.status, h.payment, h.due) IS DISTINCT FROM
  (r.number, r.user_id, r.event_id, r.total, r.status, r.payment, r.due)
UNION ALL
SELECT 'reservation_items', coalesce(a.reservation_id, b.reservation_id)::text
FROM (
  SELECT reservation_id, count(*) AS rows, sum(quantity) AS pieces, sum(quantity * unit_price) AS won, count(seat_id) AS seats
  FROM new_items GROUP BY reservation_id
) AS a FULL JOIN (
  SELECT reservation_id, count(*) AS rows, sum(quantity) AS pieces, sum(won) AS won, count(seat_id) AS seats FROM here_items GROUP BY reservation_id
) AS b USING (reservation_id)
WHERE (a.rows, a.pieces, a.won, a.seats) IS DISTINCT FROM (b.rows, b.pieces, b.won, b.seats)
UNION ALL
SELECT 'seats', s.id::text FROM new_seats s LEFT JOIN here_seats h USING (id)
WHERE h.id IS NULL OR NOT s.already AND s.held AND h.status = 'available' AND EXISTS (
  SELECT FROM here_items i JOIN here_reservations r ON r.id = i.reservation_id
  WHERE i.seat_id = s.id AND i.live AND r.status IN ('pending', 'confirmed'))
UNION ALL
SELECT 'ticket_types', t.id::text FROM new_types t LEFT JOIN here_types h USING (id)
WHERE h.id IS NULL OR NOT t.already AND h.total <> t.total
UNION ALL
SELECT 'reservations, ' || moved.how || ' since they were imported', r.id::text
FROM new_reservations r JOIN reservations k USING (id) CROSS JOIN LATERAL (SELECT CASE
  WHEN r.was_payment = 'completed' AND r.total > 0 AND k.payment_status NOT IN ('completed', 'refunded') THEN 'paid'
  WHEN r.payment = 'refunded' AND k.payment_status = 'completed' THEN 'refunded'
  WHEN r.was_status IN ('cancelled', 'expired') AND r.due AND k.status = 'confirmed' THEN 'cancelled'
END AS how) AS moved
WHERE r.already AND moved.how IS NOT NULL
UNION ALL
SELECT 'events, cancelled since they were imported', e.id::text FROM new_events e JOIN events k USING (id)
WHERE e.already AND e.was = 'cancelled' AND k.status <> 'cancelled'
UNION ALL
SELECT what, 'count' FROM proof WHERE source - left_out + added <> here;
