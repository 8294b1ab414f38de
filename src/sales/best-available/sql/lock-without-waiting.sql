-- Locks those of the seats that no transaction has locked, and reads them. It never waits, so it may come after any other lock.
-- $1 uuid[] seats
-- Returns: id, event_id, label, price, status, version, kept_apart (an accessible or companion seat that isn't released)
SELECT id, event_id, seat_label AS label, price, status, version,
  CASE WHEN attributes && '{accessible,companion}' THEN NOT (
    SELECT companions_released FROM event_seats e WHERE e.event_id = seats.event_id
  ) ELSE false END AS kept_apart
FROM seats WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
