-- Ends reservations whose rows the transaction has locked. The triggers of migrations 0003 and 0013 free their seats and stock, and make
-- payments due for refund. A payment stays `completed` until its refund is noted.
-- $1 uuid[]  reservations
-- $2 text    `cancelled` or `expired`
UPDATE reservations SET
  status = $2,
  updated_at = now(),
  refund_due = refund_due OR payment_status = 'completed' AND total_amount > 0,
  refunded_at = CASE WHEN payment_status = 'completed' AND total_amount > 0 THEN NULL ELSE refunded_at END,
  -- Nothing is left to pay back if the parts that cost money were cancelled before.
  payment_status = CASE WHEN refunded_at IS NOT NULL AND total_amount = 0 THEN 'refunded' ELSE payment_status END,
  -- An operator may have entered a payment by hand.
  paid_at = CASE WHEN payment_status = 'completed' THEN coalesce(paid_at, now()) ELSE paid_at END
WHERE id = ANY ($1::uuid[])
RETURNING event_id
