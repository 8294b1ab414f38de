-- Keeps answers under their idempotency keys.
-- $1 json [{user_id, key, fingerprint, status, body}]
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body)
SELECT * FROM json_to_recordset($1::json) AS k (user_id uuid, key text, fingerprint text, status smallint, body text)
-- A key found here is older than a day: a younger one was replayed.
ON CONFLICT (user_id, key) DO UPDATE SET
  fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, created_at = now()
