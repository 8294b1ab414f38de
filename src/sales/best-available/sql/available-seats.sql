-- Reads which seats of an event are available, as one text: this process would take six times as long to read 50,000 rows.
-- $1 uuid event
-- Returns: one row: seats 'id/version,id/version,…'
SELECT coalesce(string_agg(id || '/' || version, ','), '') AS seats FROM seats WHERE event_id = $1 AND status = 'available'
