-- Locks holds whose time is up, the oldest first, but for those that another transaction is working on.
-- $1 integer  how many at most
-- Returns: one row: how many they are, their ids and those of their events as texts of uuid[]
WITH overdue AS MATERIALIZED (
  SELECT id, event_id FROM reservations
  WHERE status = 'pending' AND expires_at <= now()
  ORDER BY expires_at LIMIT $1
  FOR NO KEY UPDATE SKIP LOCKED
)
SELECT count(*)::integer AS holds, coalesce(array_agg(id), '{}')::text AS ids, coalesce(array_agg(DISTINCT event_id), '{}')::text AS events
FROM overdue
