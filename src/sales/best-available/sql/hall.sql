-- Reads every seat of an event from the stage backwards, one result row for each row of the hall: half the work of one for each seat.
-- $1 uuid event
-- Returns: section, row_number, seats [[id, seat_number, price, version, available]]
SELECT section, row_number,
  json_agg(json_build_array(id, seat_number, price, version, status = 'available') ORDER BY seat_number) AS seats
FROM seats WHERE event_id = $1 GROUP BY row_number, section ORDER BY row_number, section
