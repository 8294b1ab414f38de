-- Locks ticket types in the order of their ids and reads them as they are then.
-- $1 uuid[] ticket types, $2 integer[] the requests that ask for them, pairwise; $3 so many of one that they may want together
-- Returns: id, event_id, price, available, total, version, overdue (holds of its event are over that nobody has ended yet; only where not all of them may get what they want)
SELECT id, event_id, price, available_quantity AS available, total_quantity AS total, version,
  available_quantity < $3 AND EXISTS (
    SELECT FROM reservations r
    WHERE r.event_id = ticket_types.event_id AND r.status = 'pending' AND r.expires_at <= now()
  ) AS overdue
FROM ticket_types
WHERE id = ANY (ARRAY(
  SELECT DISTINCT type FROM unnest($1::uuid[], $2::integer[]) AS a (type, asker)
  WHERE asker <> ALL (coalesce(nullif(current_setting('tiketi.busy', true), ''), '{}')::integer[])
))
ORDER BY id FOR NO KEY UPDATE
