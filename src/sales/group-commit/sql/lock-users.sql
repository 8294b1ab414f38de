-- Locks users in the order of their numbers, until the transaction ends. A statement of its own, and before those that read: each of
-- them sees what was committed when it began, so that whoever waited for a user's other request sees its outcome.
-- $1 text[] names of the locks (see lock-names.ts), $2 integer[] the requests that need them, pairwise
SELECT pg_advisory_xact_lock(number)
FROM (
  SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest($1::text[], $2::integer[]) AS n (name, asker)
  WHERE asker <> ALL (coalesce(nullif(current_setting('tiketi.busy', true), ''), '{}')::integer[])
  ORDER BY 1
) AS numbers
