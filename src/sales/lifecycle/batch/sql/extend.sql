-- Gives more time to holds that this transaction has locked.
-- $1 uuid[] reservations, $2 timestamptz[] when each expires from now on
UPDATE reservations r SET expires_at = more.until, extended_at = now(), updated_at = now()
FROM unnest($1::uuid[], $2::timestamptz[]) AS more (id, until) WHERE r.id = more.id
