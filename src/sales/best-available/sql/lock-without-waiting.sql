-- Locks those of the seats that nobody has locked, and reads them. It waits for nobody, so that it may come after other locks.
-- $1 uuid[] seats
-- Returns: id, event_id, label, price, status, version
SELECT id, event_id, seat_label AS label, price, status, version
FROM seats WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
