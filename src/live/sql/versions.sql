-- Reads the versions of events.
-- $1 uuid[] events
-- Returns: event_id, version; no row for an unknown event
SELECT event_id, version FROM event_seats WHERE event_id = ANY ($1::uuid[])
