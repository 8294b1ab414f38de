-- Reads what a batch decides on. It is a statement of its own: it sees what was committed while the ones before it waited for locks.
-- PostgreSQL keeps the plan that it made while the tables were small. Without each OFFSET 0, it reads all payments once for each batch.
-- $1 json [{id, user_id, key, payment_id}]: the reservation of each request, its caller, their idempotency key and the payment, if there is one
-- $2 the seconds that an extension adds, unless the event says otherwise
-- Returns: a row for each request, in order:
-- status (a hold whose time is up has expired), total_amount, payment_id, payment_status, refund_due, confirmed (it was once), extended,
-- refunded, over (the event is cancelled or has begun), begun (it can't be cancelled any more), extended_until (null if the event gives no
-- more time), used (the payment paid a reservation, or was the second one of a reservation), kept (the answer kept under the key)
SELECT
  CASE WHEN r.status = 'pending' AND r.expires_at <= statement_timestamp() THEN 'expired' ELSE r.status END AS status,
  r.total_amount, r.payment_id, r.payment_status, r.refund_due,
  r.confirmed_at IS NOT NULL AS confirmed, r.extended_at IS NOT NULL AS extended, r.refunded_at IS NOT NULL AS refunded,
  e.status = 'cancelled' OR e.event_date <= statement_timestamp() AS over,
  e.event_date <= now() AND coalesce(e.cancellable_until, e.event_date) <= now() AS begun,
  r.expires_at + make_interval(secs => nullif(coalesce(e.extend_seconds, $2::integer), 0)) AS extended_until,
  EXISTS (SELECT FROM reservations p WHERE p.payment_id = asked.payment_id OFFSET 0)
    OR EXISTS (SELECT FROM refunds p WHERE p.payment_id = asked.payment_id AND p.reason = 'paid_twice' OFFSET 0) AS used,
  (SELECT json_build_object('fingerprint', fingerprint, 'status', k.status, 'body', body) FROM idempotency_keys k
    WHERE k.user_id = asked.user_id AND k.key = asked.key AND k.created_at > now() - interval '24 hours') AS kept
FROM ROWS FROM (json_to_recordset($1::json) AS (id uuid, user_id uuid, key text, payment_id text))
  WITH ORDINALITY AS asked (id, user_id, key, payment_id, nr)
LEFT JOIN reservations r ON r.id = asked.id
LEFT JOIN events e ON e.id = r.event_id
ORDER BY asked.nr
