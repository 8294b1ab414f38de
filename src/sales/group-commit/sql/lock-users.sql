-- Locks users until the transaction ends, in the order of the numbers of their locks. It is a statement of its own, before those that
-- read: a statement sees what was committed when it began, so the next ones see the outcome of the requests that this one waited for.
-- $1 text[] names of the locks (see lock-names.ts), $2 integer[] the request that needs each
SELECT pg_advisory_xact_lock(number)
FROM (
  SELECT DISTINCT hashtextextended(name, 0) AS number FROM unnest($1::text[], $2::integer[]) AS n (name, asker)
  WHERE asker <> ALL (coalesce(nullif(current_setting('tiketi.busy', true), ''), '{}')::integer[])
  ORDER BY 1
) AS numbers
