-- One round: a reservation loses if one of its seats is taken, and wins if it is first on all of its seats. Each round decides the
-- first one of all at least.
-- In, out: contests, contested. Rounds go on while a row is undecided.
UPDATE contests SET won = false WHERE won IS NULL AND id IN (
  SELECT l.id FROM contests l JOIN contested c USING (seat_id) WHERE c.taken AND l.won IS NULL);
UPDATE contests SET won = true WHERE won IS NULL AND id NOT IN (
  SELECT l.id FROM contests l
  WHERE l.won IS NULL AND EXISTS (
    SELECT FROM contests b WHERE b.seat_id = l.seat_id AND b.won IS NULL AND b.rank < l.rank));
UPDATE contested c SET taken = true FROM contests w WHERE w.seat_id = c.seat_id AND w.won AND NOT c.taken;
