-- Cancels reservations that this transaction has locked, of which nothing is due for refund. The triggers of migrations 0003 and 0013 free
-- their seats and stock, and make payments due for refund.
-- $1 uuid[] reservations
UPDATE reservations SET
  status = 'cancelled', updated_at = now(),
  refund_due = payment_status = 'completed' AND total_amount > 0,
  -- An operator may have entered a payment by hand.
  paid_at = CASE WHEN payment_status = 'completed' THEN coalesce(paid_at, now()) ELSE paid_at END
WHERE id = ANY ($1::uuid[])
