-- Locks seats in the order of their ids, and reads them once they are locked.
-- PostgreSQL keeps the plan that it made while the tables were small. A join of claims and reservations then began with all live
-- reservations, for each seat. One query inside the other begins with the seat.
-- $1 uuid[] seats, $2 integer[] the request that asks for each
-- Requests for more seats than the service allows, which only a limit of their event may allow; others must not lock so many seats:
-- $3 integer[] requests, $4 uuid[] their events, $5 integer[] how many seats each wants
-- Returns: id, event_id, label, price, status, version, overdue (the time of the hold on it is up, and the hold has not been ended yet),
-- companion_of [{id, owner}]: for a companion seat that isn't released, the accessible seats on both sides of it, and the user who has each
SELECT id, event_id, seat_label AS label, price, status, version,
  status = 'locked' AND coalesce((
    SELECT (SELECT r.status = 'pending' AND r.expires_at <= now() FROM reservations r WHERE r.id = i.reservation_id)
    FROM reservation_items i WHERE i.seat_id = seats.id AND i.released_at IS NULL
  ), false) AS overdue,
  CASE WHEN 'companion' = ANY (attributes) THEN (
    SELECT coalesce(json_agg(json_build_object('id', a.id, 'owner', (
      SELECT (SELECT r.user_id FROM reservations r WHERE r.id = i.reservation_id AND (r.status = 'confirmed' OR r.expires_at > now()))
      FROM reservation_items i WHERE i.seat_id = a.id AND i.released_at IS NULL
    ))) FILTER (WHERE a.id IS NOT NULL), '[]')
    FROM event_seats e LEFT JOIN seats a ON a.event_id = e.event_id AND a.section = seats.section
      AND a.row_number = seats.row_number AND a.seat_number IN (seats.seat_number - 1, seats.seat_number + 1)
      AND 'accessible' = ANY (a.attributes)
    WHERE e.event_id = seats.event_id AND NOT e.companions_released
    GROUP BY e.event_id
  ) END AS companion_of
FROM seats
WHERE id = ANY (ARRAY(
  SELECT DISTINCT seat FROM unnest($1::uuid[], $2::integer[]) AS a (seat, asker)
  WHERE asker <> ALL (coalesce(nullif(current_setting('tiketi.busy', true), ''), '{}')::integer[])
    AND asker <> ALL (ARRAY(
      SELECT large FROM unnest($3::integer[], $4::uuid[], $5::integer[]) AS l (large, event, wanted)
      WHERE NOT EXISTS (SELECT FROM events e WHERE e.id = event AND e.max_seats_per_reservation >= wanted)
    ))
))
ORDER BY id FOR NO KEY UPDATE
