-- Reads what a batch needs to know beside the rows that it locks. The locks of the users keep their counts still.
-- PostgreSQL keeps the plan that it made while the tables were small. Each OFFSET 0 leaves it one order that stays right: from a user to
-- their reservations and on to the claims of these, and from a key to its answer.
-- $1 uuid[] events
-- $2 uuid[], $3 uuid[] users, and the event that each asks for
-- $4 json idempotency keys [{user_id, key}]
-- Returns: one row: now, events [{id, refusal, limits}] without drafts, where limits has only those that the event sets itself, claims [{user_id, event_id, seats, tickets}] of users who have any, keys [{user_id, key, fingerprint, status, body}]
SELECT
  now() AS now,
  (SELECT coalesce(json_agg(json_build_object('id', e.id, 'refusal', CASE
      WHEN e.status = 'cancelled' THEN 'EVENT_CANCELLED'
      WHEN e.status = 'ended' OR now() >= least(e.sale_end_date, e.event_date) THEN 'SALE_ENDED'
      WHEN now() < e.sale_start_date THEN 'SALE_NOT_STARTED'
      WHEN e.status = 'sold_out' THEN 'SOLD_OUT' END,
    'limits', json_strip_nulls(json_build_object(
      'maxSeatsPerReservation', e.max_seats_per_reservation, 'maxSeatsPerUser', e.max_seats_per_user,
      'maxTicketsPerReservation', e.max_tickets_per_reservation, 'maxTicketsPerUser', e.max_tickets_per_user,
      'holdSeconds', e.hold_seconds)))), '[]')
    FROM events e WHERE e.id = ANY ($1) AND e.status <> 'draft') AS events,
  (SELECT coalesce(json_agg(json_build_object(
      'user_id', asked.user_id, 'event_id', asked.event_id, 'seats', held.seats, 'tickets', held.tickets)), '[]')
    FROM unnest($2::uuid[], $3::uuid[]) AS asked (user_id, event_id)
    CROSS JOIN LATERAL (
      SELECT count(i.seat_id) AS seats,
        coalesce(sum(i.quantity - i.cancelled_quantity) FILTER (WHERE i.ticket_type_id IS NOT NULL), 0) AS tickets
      FROM (
        SELECT id, event_id, status, expires_at FROM reservations
        WHERE user_id = asked.user_id AND event_id = asked.event_id AND status IN ('pending', 'confirmed') OFFSET 0
      ) AS r
      CROSS JOIN LATERAL (SELECT * FROM reservation_items WHERE reservation_id = r.id AND released_at IS NULL OFFSET 0) AS i
      WHERE r.status = 'confirmed' OR r.expires_at > now()
    ) AS held
    WHERE held.seats + held.tickets > 0) AS claims,
  (SELECT coalesce(json_agg(json_build_object(
      'user_id', k.user_id, 'key', k.key, 'fingerprint', k.fingerprint, 'status', k.status, 'body', k.body)), '[]')
    FROM json_to_recordset($4::json) AS asked (user_id uuid, key text)
    CROSS JOIN LATERAL (
      SELECT * FROM idempotency_keys known WHERE known.user_id = asked.user_id AND known.key = asked.key OFFSET 0
    ) AS k
    WHERE k.created_at > now() - interval '24 hours') AS keys
