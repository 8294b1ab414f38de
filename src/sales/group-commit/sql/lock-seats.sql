-- Locks seats in the order of their ids, and reads them once they are locked.
-- $1 uuid[] seats, $2 integer[] the request that asks for each
-- Requests for more seats than the service allows, which only a limit of their event may allow; others must not lock so many seats:
-- $3 integer[] requests, $4 uuid[] their events, $5 integer[] how many seats each wants
-- Returns: id, event_id, label, price, status, version, overdue (the time of the hold on it is up, and the hold has not been ended yet)
SELECT id, event_id, seat_label AS label, price, status, version,
  status = 'locked' AND EXISTS (
    SELECT FROM reservation_items i JOIN reservations r ON r.id = i.reservation_id
    WHERE i.seat_id = seats.id AND i.released_at IS NULL AND r.status = 'pending' AND r.expires_at <= now()
  ) AS overdue
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
