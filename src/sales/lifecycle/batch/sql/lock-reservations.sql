-- Locks reservations in the order of their ids. Those of requests whose idempotency key is busy stay unlocked.
-- $1 uuid[] reservations, $2 integer[] the request that is about each
SELECT FROM reservations
WHERE id = ANY (ARRAY(
  SELECT DISTINCT reservation FROM unnest($1::uuid[], $2::integer[]) AS a (reservation, asker)
  WHERE asker <> ALL (coalesce(nullif(current_setting('tiketi.busy', true), ''), '{}')::integer[])
))
ORDER BY id FOR NO KEY UPDATE
