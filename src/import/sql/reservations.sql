-- Reservations: which event each belongs to, and what its two states mean together.
-- In: old_reservations, old_items, new_events, new_seats. Out: new_reservations, new_types, findings, and an event for reservations
-- whose own was deleted.
-- `wanted` is what the reservation should become by itself: confirmed, unproven (confirmed, but no payment is known), hold, cancelled
-- or expired. `becomes` is what is left of that after its event and other reservations were looked at.

CREATE TEMP TABLE new_types AS
SELECT o.id, o.event_id, pg_temp.name(o.name) AS name, pg_temp.clean(o.description) AS description, pg_temp.price(o.price) AS price,
  round(coalesce(o.total_quantity, 0)) AS old_total, round(coalesce(o.available_quantity, 0)) AS old_available, 0 AS total,
  false AS hidden, EXISTS (SELECT FROM ticket_types k WHERE k.id = o.id) AS already, o.created_at
FROM old_types o JOIN new_events e ON e.id = o.event_id;
ALTER TABLE new_types ADD PRIMARY KEY (id);
UPDATE new_types t SET name = pg_temp.apart(t.name, t.id)
FROM (SELECT id, row_number() OVER (PARTITION BY event_id, name ORDER BY created_at, id) AS nth FROM new_types) AS same
WHERE same.id = t.id AND (nth > 1 OR EXISTS (
  SELECT FROM ticket_types k WHERE (k.event_id, k.name) = (t.event_id, t.name) AND k.id <> t.id));
INSERT INTO findings
SELECT v.rule, 'ticket_types', t.id, t.event_id, v.was, v.becomes
FROM new_types t JOIN old_types o USING (id) CROSS JOIN LATERAL (VALUES
  ('name-taken', t.name <> pg_temp.name(o.name), to_jsonb(o.name), to_jsonb(t.name)),
  ('text-changed', pg_temp.name(o.name) <> o.name OR t.description <> o.description, to_jsonb(o.name), to_jsonb(t.name)),
  ('price-out-of-range', t.price IS DISTINCT FROM o.price, to_jsonb(o.price), to_jsonb(t.price))
) AS v (rule, applies, was, becomes)
WHERE v.applies AND NOT t.already;
INSERT INTO findings
SELECT 'without-event', 'ticket_types', o.id, o.event_id, to_jsonb(o), NULL FROM old_types o
WHERE NOT EXISTS (SELECT FROM new_types t WHERE t.id = o.id);

-- An event that was deleted may still be known by a seat or a ticket type.
CREATE TEMP TABLE found_events AS
SELECT DISTINCT ON (o.id) o.id, coalesce(s.event_id, t.event_id) AS event_id
FROM old_reservations o JOIN old_items i ON i.reservation_id = o.id
LEFT JOIN new_seats s ON s.id = i.seat_id LEFT JOIN new_types t ON t.id = i.ticket_type_id
WHERE NOT EXISTS (SELECT FROM new_events e WHERE e.id = o.event_id) AND coalesce(s.event_id, t.event_id) IS NOT NULL
ORDER BY o.id, i.created_at, i.id;

INSERT INTO new_events (id, title, venue, event_date, sale_start_date, sale_end_date, status, pre_scaled, created_at, updated_at, already, closed)
SELECT d.id, '삭제된 이벤트 / Deleted event', '-', d.at, d.at - interval '1 day', d.at, 'draft', false, d.at, d.at,
  EXISTS (SELECT FROM events k WHERE k.id = d.id), true
FROM (
  SELECT current_setting('import.deleted_event')::uuid AS id,
    coalesce(max(pg_temp.at(o.created_at)), 'epoch'::timestamptz) AS at, count(*) AS orphans
  FROM old_reservations o
  WHERE NOT EXISTS (SELECT FROM new_events e WHERE e.id = o.event_id) AND NOT EXISTS (SELECT FROM found_events f WHERE f.id = o.id)
) AS d WHERE d.orphans > 0;

CREATE TEMP TABLE new_reservations AS
SELECT o.id, upper(o.reservation_number) AS number, coalesce(o.user_id, '00000000-0000-0000-0000-000000000000') AS user_id,
  e.id AS event_id, e.closed, round(coalesce(o.total_amount, 0))::bigint AS total, w.method AS payment_method, w.status AS was_status,
  w.payment AS was_payment, w.wanted, w.wanted AS becomes, false AS lost,
  greatest(pg_temp.at(o.updated_at), c.created_at) AS updated_at, c.created_at,
  coalesce(pg_temp.at(o.expires_at), c.created_at + interval '5 minutes') AS expires_at, e.event_date,
  EXISTS (SELECT FROM reservations k WHERE k.id = o.id) AS already
FROM old_reservations o
LEFT JOIN new_events known ON known.id = o.event_id
LEFT JOIN found_events f ON f.id = o.id
JOIN new_events e ON e.id = coalesce(known.id, f.event_id, current_setting('import.deleted_event')::uuid)
CROSS JOIN LATERAL (SELECT pg_temp.at(coalesce(o.created_at, o.updated_at, 'epoch')) AS created_at) AS c
CROSS JOIN LATERAL (SELECT
  CASE WHEN o.status IN ('pending', 'confirmed', 'cancelled', 'expired') THEN o.status ELSE 'unknown' END AS status,
  CASE WHEN o.payment_status IN ('pending', 'completed', 'failed', 'refunded') THEN o.payment_status ELSE 'unknown' END AS payment,
  nullif(left(pg_temp.clean(o.payment_method), 50), '') AS method
) AS s
CROSS JOIN LATERAL (SELECT s.*, CASE
  WHEN s.status IN ('cancelled', 'expired') THEN s.status
  WHEN s.payment = 'refunded' THEN 'cancelled'
  WHEN s.payment = 'completed' THEN 'confirmed'
  WHEN s.status = 'confirmed' THEN CASE WHEN o.total_amount = 0 THEN 'confirmed' ELSE 'unproven' END
  WHEN s.status = 'pending' AND pg_temp.at(o.expires_at) BETWEEN now() AND now() + interval '1 day' THEN 'hold'
  ELSE 'expired'
END AS wanted) AS w;
ALTER TABLE new_reservations ADD PRIMARY KEY (id);
UPDATE new_reservations SET becomes = CASE wanted WHEN 'hold' THEN 'expired' ELSE 'cancelled' END
WHERE closed AND wanted IN ('confirmed', 'unproven', 'hold');

-- A number that is of no known form, or that another reservation has, is replaced by one that follows from the id.
UPDATE new_reservations r SET number = 'TK' || upper(left(md5(r.id::text), 18))
FROM (SELECT id, row_number() OVER (PARTITION BY number ORDER BY created_at, id) AS nth FROM new_reservations) AS same
WHERE same.id = r.id AND (nth > 1 OR r.number IS NULL OR r.number !~ '^TK[0-9A-Z]{12,18}$'
  OR EXISTS (SELECT FROM reservations k WHERE k.reservation_number = r.number AND k.id <> r.id));
ANALYZE new_reservations, new_types;
