-- Every seat of an event, row by row from the stage backwards: one answer a row of the hall is half the work of one a seat.
-- $1 uuid event
-- Returns: section, row_number, seats [[id, seat_number, price, version, is it available]]
SELECT section, row_number,
  json_agg(json_build_array(id, seat_number, price, version, status = 'available') ORDER BY seat_number) AS seats
FROM seats WHERE event_id = $1 GROUP BY row_number, section ORDER BY row_number, section
