-- Reads the seats of an event with what an organizer may know of them, as they are at one moment.
-- The order of the seats is that of the public layout. Seats are named by their index in it.
-- $1 uuid event
-- Returns: one row, each column as the text of JSON: version, layout; ids, sections, rows, numbers, labels, prices, statuses (codes) with
-- one item for each seat; attributes {name: [index]}; blocks [{id, reason, release_at, seats: [index]}]
WITH seat AS MATERIALIZED (
  SELECT (row_number() OVER (ORDER BY section, row_number, seat_number) - 1)::integer AS at, *
  FROM seats WHERE event_id = $1
), attribute AS (
  SELECT name, json_agg(at ORDER BY at) AS ats
  FROM seat CROSS JOIN LATERAL unnest(attributes) AS a (name) GROUP BY name
), block AS (
  SELECT b.id, b.reason, b.release_at, json_agg(at ORDER BY at) AS ats
  FROM seat JOIN blocked_seats s ON s.seat_id = seat.id JOIN seat_blocks b ON b.id = s.block_id
  GROUP BY b.id
)
SELECT e.version::text AS version, e.layout::text AS layout, c.*,
  (SELECT coalesce(json_object_agg(name, ats), '{}')::text FROM attribute) AS attributes,
  (SELECT coalesce(json_agg(json_build_object('id', id, 'reason', reason,
      'release_at', to_char(release_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'seats', ats) ORDER BY id), '[]')::text
    FROM block) AS blocks
FROM event_seats e
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(id), '[]')::text AS ids, coalesce(json_agg(section), '[]')::text AS sections,
    coalesce(json_agg(row_number), '[]')::text AS rows, coalesce(json_agg(seat_number), '[]')::text AS numbers,
    coalesce(json_agg(seat_label), '[]')::text AS labels, coalesce(json_agg(price), '[]')::text AS prices,
    coalesce(json_agg(CASE status WHEN 'available' THEN 0 WHEN 'locked' THEN 1 WHEN 'reserved' THEN 2 ELSE 3 END), '[]')::text
      AS statuses
  FROM (SELECT * FROM seat ORDER BY at) AS ordered
) AS c
WHERE e.event_id = $1
