-- Locks idempotency keys until the transaction ends, without waiting. It comes first, and the other locks are not taken for those who don't
-- get theirs: their first request is being answered elsewhere, and may be held up.
-- $1 json [{asker, name}]: the number of the request in its batch, and the name of the lock
-- Returns: one row: busy [name of each lock that somebody else has]
WITH busy AS MATERIALIZED (
  SELECT asker, name FROM json_to_recordset($1::json) AS k (asker integer, name text)
  WHERE NOT pg_try_advisory_xact_lock(hashtextextended(name, 0))
)
SELECT coalesce(json_agg(name), '[]') AS busy, set_config('tiketi.busy', coalesce(array_agg(asker)::text, ''), true) FROM busy
