-- Locks idempotency keys until the transaction ends, without waiting. A key that is locked already belongs to a request that another
-- transaction is answering, and that may be held up. The statements after this one take no locks for a request that didn't get its key.
-- $1 json [{asker, name}]: the index of the request in its batch, and the name of the lock
-- Returns: one row: busy [name of each lock that another transaction has]
WITH busy AS MATERIALIZED (
  SELECT asker, name FROM json_to_recordset($1::json) AS k (asker integer, name text)
  WHERE NOT pg_try_advisory_xact_lock(hashtextextended(name, 0))
)
SELECT coalesce(json_agg(name), '[]') AS busy, set_config('tiketi.busy', coalesce(array_agg(asker)::text, ''), true) FROM busy
