-- Locks those of the seats that no transaction has locked, and reads them. It never waits, so it may come after any other lock.
-- $1 uuid[] seats
-- Returns: id, event_id, label, price, status, version
SELECT id, event_id, seat_label AS label, price, status, version
FROM seats WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
