-- The rows that are not here yet, in the order in which they are written. An event is written with all of its rows in one transaction,
-- small events together, so that nothing of an event is for sale before its claims are here.
-- In: the plan, and the setting import.chunk_rows. Out: todo_events, todo_seats, todo_reservations, todo_items, todo_chunks.

CREATE TEMP TABLE todo_events AS
WITH rows AS (
  SELECT event_id, count(*) AS rows FROM new_seats WHERE NOT already GROUP BY event_id
  UNION ALL SELECT event_id, count(*) FROM new_reservations WHERE NOT already GROUP BY event_id
  UNION ALL SELECT event_id, count(*) FROM new_types WHERE NOT already GROUP BY event_id
  UNION ALL SELECT id, 1 FROM new_events WHERE NOT already
), event AS (SELECT event_id, sum(rows) AS rows FROM rows GROUP BY event_id)
SELECT event_id AS id, div(sum(rows) OVER (ORDER BY e.created_at, e.id) - rows, current_setting('import.chunk_rows')::integer)::integer AS chunk
FROM event JOIN new_events e ON e.id = event_id;
ALTER TABLE todo_events ADD PRIMARY KEY (id);
CREATE INDEX ON todo_events (chunk);
ANALYZE todo_events;

CREATE TEMP TABLE todo_seats AS
SELECT row_number() OVER (ORDER BY e.chunk, s.event_id, s.section, s.row_number, s.seat_number) AS n, e.chunk, s.*
FROM new_seats s JOIN todo_events e ON e.id = s.event_id WHERE NOT s.already;
ALTER TABLE todo_seats ADD PRIMARY KEY (n);

CREATE TEMP TABLE todo_reservations AS
SELECT row_number() OVER (ORDER BY e.chunk, r.created_at, r.id) AS n, e.chunk, r.*
FROM new_reservations r JOIN todo_events e ON e.id = r.event_id WHERE NOT r.already;
ALTER TABLE todo_reservations ADD PRIMARY KEY (n);

CREATE TEMP TABLE todo_items AS
SELECT r.n, r.status IN ('pending', 'confirmed') AS live, r.updated_at, i.reservation_id,
  row_number() OVER (PARTITION BY i.reservation_id ORDER BY i.n) AS position, i.seat_id, i.ticket_type_id, i.quantity, i.unit_price
FROM todo_reservations r JOIN new_items i ON i.reservation_id = r.id;
CREATE INDEX ON todo_items (n);
ANALYZE todo_seats, todo_reservations, todo_items;

CREATE TEMP TABLE todo_chunks AS
SELECT chunk, s.first AS first_seat, s.last AS last_seat, r.first AS first_reservation, r.last AS last_reservation
FROM (SELECT DISTINCT chunk FROM todo_events) AS c
LEFT JOIN (SELECT chunk, min(n) AS first, max(n) AS last FROM todo_seats GROUP BY chunk) AS s USING (chunk)
LEFT JOIN (SELECT chunk, min(n) AS first, max(n) AS last FROM todo_reservations GROUP BY chunk) AS r USING (chunk);
