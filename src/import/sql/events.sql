-- Events and their seats. What a status of an event becomes is decided in stock.sql, when it is known what is free.
-- In: old_events, old_seats, new_halls. Out: new_events, new_seats, findings.

CREATE TEMP TABLE new_events AS
SELECT o.id, pg_temp.clean(coalesce(o.title, '')) AS title, pg_temp.clean(o.description) AS description,
  pg_temp.clean(coalesce(o.venue, '')) AS venue, pg_temp.clean(o.address) AS address, d.event_date, d.sale_start AS sale_start_date,
  -- Nothing is sold until an organizer corrects the dates.
  CASE WHEN d.sale_end > d.sale_start THEN d.sale_end ELSE d.sale_start + interval '1 millisecond' END AS sale_end_date,
  d.sale_end <= d.sale_start AS swapped, pg_temp.clean(o.poster_image_url) AS poster_image_url,
  CASE WHEN o.status = 'cancelled' THEN 'cancelled' ELSE 'upcoming' END AS status, o.status AS was,
  h.id AS seat_layout_id, pg_temp.clean(o.artist_name) AS artist_name, coalesce(o.pre_scaled, false) AS pre_scaled, o.created_by,
  pg_temp.at(coalesce(o.created_at, o.updated_at, 'epoch')) AS created_at,
  pg_temp.at(coalesce(o.updated_at, o.created_at, 'epoch')) AS updated_at,
  k.id IS NOT NULL AS already, o.status = 'cancelled' OR coalesce(k.status IN ('draft', 'cancelled'), false) AS closed
FROM old_events o
LEFT JOIN new_halls h ON h.id = o.seat_layout_id
LEFT JOIN events k ON k.id = o.id
CROSS JOIN LATERAL (SELECT
  pg_temp.at(coalesce(o.event_date, o.sale_end_date, o.created_at, 'epoch')) AS event_date,
  pg_temp.at(coalesce(o.sale_start_date, o.created_at, 'epoch')) AS sale_start,
  pg_temp.at(coalesce(o.sale_end_date, o.event_date, o.created_at, 'epoch')) AS sale_end
) AS d;
ALTER TABLE new_events ADD PRIMARY KEY (id);
ANALYZE new_events;

INSERT INTO findings
SELECT v.rule, 'events', e.id, e.id, v.was, v.becomes
FROM new_events e JOIN old_events o USING (id) CROSS JOIN LATERAL (VALUES
  ('sale-ends-first', e.swapped, jsonb_build_array(o.sale_start_date, o.sale_end_date), jsonb_build_array(e.sale_start_date, e.sale_end_date)),
  ('event-before-sale', e.event_date < e.sale_start_date, jsonb_build_array(o.event_date, o.sale_start_date), NULL),
  ('text-changed', (e.title, e.description, e.venue, e.address, e.poster_image_url, e.artist_name)
    IS DISTINCT FROM (o.title, o.description, o.venue, o.address, o.poster_image_url, o.artist_name), to_jsonb(o.title), to_jsonb(e.title)),
  ('text-long', length(e.title) > 200 OR length(e.venue) > 200 OR length(e.description) > 10000, to_jsonb(length(e.title)), NULL),
  ('hall-unknown', o.seat_layout_id IS NOT NULL AND e.seat_layout_id IS NULL, to_jsonb(o.seat_layout_id), NULL),
  (pg_temp.doubt(o.event_date), pg_temp.doubt(o.event_date) IS NOT NULL, to_jsonb(o.event_date), to_jsonb(e.event_date)),
  (pg_temp.doubt(o.sale_start_date), pg_temp.doubt(o.sale_start_date) IS NOT NULL, to_jsonb(o.sale_start_date), to_jsonb(e.sale_start_date)),
  (pg_temp.doubt(o.sale_end_date), pg_temp.doubt(o.sale_end_date) IS NOT NULL, to_jsonb(o.sale_end_date), to_jsonb(e.sale_end_date))
) AS v (rule, applies, was, becomes)
WHERE v.applies AND NOT e.already;

CREATE TEMP TABLE new_seats AS
SELECT o.id, o.event_id, pg_temp.name(o.section) AS section,
  least(greatest(round(o.row_number), 1), 2147483647)::integer AS row_number,
  least(greatest(round(o.seat_number), 1), 2147483647)::integer AS seat_number,
  pg_temp.clean(o.seat_label) AS seat_label, pg_temp.price(o.price) AS price, o.status AS was,
  k.id IS NOT NULL AS already, coalesce(k.status <> 'available', false) AS taken, false AS held, false AS blocked, o.created_at
FROM old_seats o JOIN new_events e ON e.id = o.event_id LEFT JOIN seats k ON k.id = o.id;

UPDATE new_seats s SET section = pg_temp.apart(s.section, s.id)
FROM (
  SELECT id, row_number() OVER (PARTITION BY event_id, section, row_number, seat_number ORDER BY created_at, id) AS nth FROM new_seats
) AS same
WHERE same.id = s.id AND (nth > 1 OR EXISTS (
  SELECT FROM seats k WHERE (k.event_id, k.section, k.row_number, k.seat_number) = (s.event_id, s.section, s.row_number, s.seat_number)
    AND k.id <> s.id));
ALTER TABLE new_seats ADD PRIMARY KEY (id);
ANALYZE new_seats;

INSERT INTO findings
SELECT rule, 'seats', s.id, s.event_id,
  jsonb_build_object('section', o.section, 'row_number', o.row_number, 'seat_number', o.seat_number, 'seat_label', o.seat_label, 'price', o.price),
  jsonb_build_object('section', s.section, 'row_number', s.row_number, 'seat_number', s.seat_number, 'seat_label', s.seat_label, 'price', s.price)
FROM new_seats s JOIN old_seats o USING (id) CROSS JOIN LATERAL unnest(array_remove(ARRAY[
  CASE WHEN (s.row_number, s.seat_number) IS DISTINCT FROM (o.row_number, o.seat_number) THEN 'seat-place' END,
  CASE WHEN s.section <> o.section AND s.section <> pg_temp.name(o.section) THEN 'name-taken' END,
  CASE WHEN s.section <> o.section AND pg_temp.name(o.section) <> o.section OR s.seat_label <> o.seat_label THEN 'text-changed' END,
  CASE WHEN s.price IS DISTINCT FROM o.price THEN 'price-out-of-range' END
], NULL)) AS rule
WHERE NOT s.already;
INSERT INTO findings
SELECT 'without-event', 'seats', o.id, o.event_id, to_jsonb(o), NULL FROM old_seats o
WHERE NOT EXISTS (SELECT FROM new_events e WHERE e.id = o.event_id);
