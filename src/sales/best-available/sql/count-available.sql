-- How many seats of an event are available.
-- $1 uuid event
-- Returns: available, where the event has seats
SELECT available FROM event_seats WHERE event_id = $1
