-- Finds the events with holds whose time is up and that have not been ended yet.
-- $1 uuid[] events
-- Returns: id
SELECT id FROM unnest($1::uuid[]) AS e (id)
WHERE EXISTS (
  SELECT FROM reservations r WHERE r.event_id = e.id AND r.status = 'pending' AND r.expires_at <= now()
)
