-- Writes what a batch decided. The triggers of migration 0003 derive the seats and the stock from it.
-- Reservations: $1 uuid[] ids, $2 text[] numbers, $3 uuid[] users, $4 uuid[] events, $5 bigint[] totals, $6 integer[] seconds to hold each
-- Claims: $7 uuid[] reservations, $8 smallint[] positions, $9 uuid[] seats, $10 uuid[] ticket types, $11 integer[] quantities, $12 integer[] prices
-- Idempotency keys: $13 json [{user_id, key, fingerprint, status, body}]
WITH reserved AS (
  -- Free of charge: there is no payment to wait for.
  INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at, status, payment_status, confirmed_at)
  SELECT id, number, user_id, event_id, total, now() + make_interval(secs => seconds),
    CASE total WHEN 0 THEN 'confirmed' ELSE 'pending' END, CASE total WHEN 0 THEN 'completed' ELSE 'pending' END,
    CASE total WHEN 0 THEN now() END
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::integer[])
    AS r (id, number, user_id, event_id, total, seconds)
), claimed AS (
  INSERT INTO reservation_items (reservation_id, position, seat_id, ticket_type_id, quantity, unit_price)
  SELECT * FROM unnest($7::uuid[], $8::smallint[], $9::uuid[], $10::uuid[], $11::integer[], $12::integer[])
)
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body)
SELECT * FROM json_to_recordset($13::json) AS k (user_id uuid, key text, fingerprint text, status smallint, body text)
-- A key found here is older than a day: a younger one was replayed.
ON CONFLICT (user_id, key) DO UPDATE SET
  fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, created_at = now()
