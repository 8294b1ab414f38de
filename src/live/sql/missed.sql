-- Reads what an event's versions changed after one that the caller has.
-- $1 uuid event, $2 bigint the version that the caller has, $3 how many versions the caller is ready to read
-- Returns: the event's version and layout, and in rows by version: seat_ids, seat_statuses, seat_versions, ticket_type_ids,
-- available_quantities, total_quantities, stock_versions, each as JSON; hidden_types, whose stock is not public. They are null if there is nothing, or too much, to read. Rows of
-- versions that are no longer known are missing. No row for an unknown event
SELECT e.version, e.layout, array_to_json(c.seat_ids) AS seat_ids, array_to_json(c.seat_statuses) AS seat_statuses,
  array_to_json(c.seat_versions) AS seat_versions, array_to_json(c.ticket_type_ids) AS ticket_type_ids,
  array_to_json(c.available_quantities) AS available_quantities, array_to_json(c.total_quantities) AS total_quantities,
  array_to_json(c.stock_versions) AS stock_versions,
  ARRAY(SELECT id FROM ticket_types WHERE event_id = $1 AND hidden)::text[] AS hidden_types
FROM event_seats e
LEFT JOIN event_changes c ON c.event_id = e.event_id AND c.version > $2 AND c.version <= e.version AND e.version - $2 <= $3
WHERE e.event_id = $1
ORDER BY c.version
