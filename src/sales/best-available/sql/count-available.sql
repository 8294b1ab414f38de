-- Counts the available seats of an event.
-- $1 uuid event
-- Returns: available; no row if the event has no seats
SELECT available FROM event_seats WHERE event_id = $1
