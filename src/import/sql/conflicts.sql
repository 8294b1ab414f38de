-- Live reservations of one seat, or of a seat that is taken here already.
-- In: new_reservations, new_items, new_seats. Out: contests, contested (both with an undecided state).
-- A paid reservation goes first, then a confirmed one, then the earlier one.

CREATE TEMP TABLE contested AS
SELECT i.seat_id, bool_or(s.taken) AS taken FROM new_items i
JOIN new_reservations r ON r.id = i.reservation_id AND r.becomes IN ('confirmed', 'unproven', 'hold')
JOIN new_seats s ON s.id = i.seat_id
GROUP BY i.seat_id HAVING count(*) > 1 OR bool_or(s.taken);
ALTER TABLE contested ADD PRIMARY KEY (seat_id);

CREATE TEMP TABLE contests AS
SELECT r.id, i.seat_id, NULL::boolean AS won,
  dense_rank() OVER (ORDER BY r.becomes <> 'confirmed', r.becomes = 'hold', r.created_at, r.id) AS rank
FROM contested c JOIN new_items i USING (seat_id)
JOIN new_reservations r ON r.id = i.reservation_id AND r.becomes IN ('confirmed', 'unproven', 'hold');
CREATE INDEX ON contests (seat_id);
CREATE INDEX ON contests (id);
ANALYZE contests;
