-- Notes payments of reservations that this transaction has locked. The triggers of migration 0003 derive their seats.
-- $1 json [{id, payment_id, payment_method}]
UPDATE reservations r SET
  status = 'confirmed', payment_status = 'completed', confirmed_at = now(), paid_at = now(), updated_at = now(),
  payment_id = paid.payment_id, payment_method = paid.payment_method
FROM json_to_recordset($1::json) AS paid (id uuid, payment_id text, payment_method text)
WHERE r.id = paid.id
