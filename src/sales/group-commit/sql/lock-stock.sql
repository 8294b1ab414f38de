-- Locks ticket types in the order of their ids, and reads them once they are locked.
-- $1 uuid[] ticket types, $2 integer[] the request that asks for each
-- $3 the most tickets of one type that the batch may want
-- Returns: id, event_id, price, available, total, version, refusal (why the type doesn't sell, or null), the min, max and step of a
-- reservation, overdue (its event has holds whose time is up and that have not been ended yet; looked up only if the stock may not suffice
-- for the batch)
SELECT id, event_id, price, available_quantity AS available, total_quantity AS total, version,
  CASE WHEN hidden THEN 'TICKET_TYPE_NOT_FOUND'
    WHEN now() >= sale_end_date THEN 'SALE_ENDED'
    WHEN now() < sale_start_date THEN 'SALE_NOT_STARTED' END AS refusal,
  min_quantity AS min, max_quantity AS max, quantity_step AS step,
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
