-- Locks holds whose time is up, the oldest first, except those that another transaction is working on.
-- $1 integer  how many at most
SELECT id, event_id FROM reservations
WHERE status = 'pending' AND expires_at <= now()
ORDER BY expires_at LIMIT $1
FOR NO KEY UPDATE SKIP LOCKED
