-- Gives more time to holds that this transaction has locked.
-- $1 uuid[] reservations, $2 the seconds to add, unless the event says otherwise
UPDATE reservations r SET
  expires_at = r.expires_at + make_interval(secs => coalesce(e.extend_seconds, $2::integer)), extended_at = now(), updated_at = now()
FROM events e WHERE r.id = ANY ($1::uuid[]) AND e.id = r.event_id
