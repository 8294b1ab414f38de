-- Reads the versions to which this transaction has raised events. The rows stay locked until it ends.
-- $1 uuid[] events
-- Returns: event_id, version, available
SELECT event_id, version, available FROM event_seats WHERE event_id = ANY ($1::uuid[])
