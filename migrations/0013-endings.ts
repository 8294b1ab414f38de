import { type Kysely, sql } from 'kysely';
import { lockTables } from '../src/database/lock-tables.ts';

/**
 * How a sale ends: a part of a reservation can be cancelled, and each amount that is due for refund has a row.
 *
 * - `cancelled_quantity` says how many of an item were cancelled while their reservation went on. The rest is claimed. A late payment
 *   takes only the rest again. `cancelled_unpaid` says how many of them were cancelled before the payment, and so were never sold.
 * - `refund_due` of a reservation says whether one of its refunds is due. Triggers keep the refund of an ended reservation in step with
 *   it, also for an instance of the version before and for a console. All other refunds are written by the service.
 * - An event that is cancelled, also by a console, gets a row that says how far its reservations are cancelled.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // An instance of the version before may sell meanwhile.
  await lockTables(db, [
    'events',
    'seats',
    'ticket_types',
    'reservations',
    'reservation_items',
    'event_seats',
  ]);
  await parts(db);
  await claims(db);
  await refunds(db);
  await endedPayments(db);
  await existingRefunds(db);
  await cancelledEvents(db);
}

async function parts(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE reservation_items
      ADD COLUMN cancelled_quantity integer NOT NULL DEFAULT 0,
      ADD COLUMN cancelled_unpaid integer NOT NULL DEFAULT 0,
      ADD CONSTRAINT unpaid_parts_are_cancelled CHECK (cancelled_unpaid BETWEEN 0 AND cancelled_quantity),
      ADD CONSTRAINT cancelled_at_most_once CHECK (cancelled_quantity BETWEEN 0 AND quantity),
      ADD CONSTRAINT cancelled_items_are_released CHECK (cancelled_quantity < quantity OR released_at IS NOT NULL)`.execute(
    db,
  );
  await sql`DROP TRIGGER claims_are_final ON reservation_items`.execute(db);
  await sql`
    CREATE TRIGGER claims_are_final BEFORE UPDATE ON reservation_items FOR EACH ROW
    WHEN ((OLD.reservation_id, OLD.position, OLD.seat_id, OLD.ticket_type_id, OLD.quantity, OLD.unit_price)
      IS DISTINCT FROM (NEW.reservation_id, NEW.position, NEW.seat_id, NEW.ticket_type_id, NEW.quantity, NEW.unit_price)
      OR NEW.cancelled_quantity < OLD.cancelled_quantity
      OR NEW.cancelled_quantity > OLD.cancelled_quantity AND OLD.released_at IS NOT NULL
      OR NEW.cancelled_quantity = OLD.cancelled_quantity AND (OLD.released_at IS NULL) = (NEW.released_at IS NULL))
    EXECUTE FUNCTION refuse_change('a claim can only be released, taken again, or cancelled in part')`.execute(
    db,
  );
}

async function claims(db: Kysely<unknown>): Promise<void> {
  // The stock gets back what the rows claimed before, less what they claim now.
  await sql`
    CREATE OR REPLACE FUNCTION claims_changed() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      freed uuid[]; retaken uuid[]; types uuid[]; quantities integer[]; astray boolean; closed boolean := false;
    BEGIN
      SELECT
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND n.released_at IS NOT NULL),
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND n.released_at IS NULL),
        bool_or((n.released_at IS NULL) <> (r.status IN ('pending', 'confirmed') AND n.cancelled_quantity < n.quantity))
      INTO freed, retaken, astray
      FROM new_rows n JOIN reservations r ON r.id = n.reservation_id;
      IF astray THEN
        RAISE EXCEPTION 'a claim lives as long as its reservation' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      SELECT array_agg(c.ticket_type_id), array_agg(c.claimed) INTO types, quantities
      FROM (
        SELECT ticket_type_id, quantity - cancelled_quantity AS claimed FROM new_rows WHERE released_at IS NULL
        UNION ALL SELECT ticket_type_id, cancelled_quantity - quantity FROM old_rows WHERE released_at IS NULL
      ) AS c
      WHERE c.ticket_type_id IS NOT NULL;
      IF freed IS NOT NULL THEN PERFORM settle_seats(freed, 'available'); END IF;
      IF retaken IS NOT NULL THEN PERFORM settle_seats(retaken, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF freed IS NOT NULL OR types IS NOT NULL THEN closed := note_changes(freed, 1, types); END IF;
      IF retaken IS NOT NULL THEN closed := note_changes(retaken, -1, NULL) OR closed; END IF;
      IF closed AND EXISTS (SELECT FROM old_rows WHERE released_at IS NOT NULL) THEN
        -- Once an event has closed, no late payment takes its claims again.
        RAISE EXCEPTION 'an event was closed meanwhile' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`DROP TRIGGER claims_changed ON reservation_items`.execute(db);
  await sql`
    CREATE TRIGGER claims_changed AFTER UPDATE ON reservation_items
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_changed()`.execute(
    db,
  );
  await sql`
    CREATE OR REPLACE FUNCTION reservation_state_changed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    DECLARE
      ended uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status IN ('cancelled', 'expired') AND o.status IN ('pending', 'confirmed'));
      paid uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status = 'confirmed' AND o.status = 'pending');
      paid_late uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status = 'confirmed' AND o.status = 'expired');
      seats_paid uuid[];
    BEGIN
      IF cardinality(paid) > 0 THEN
        seats_paid := ARRAY(SELECT seat_id FROM reservation_items
          WHERE reservation_id = ANY (paid) AND released_at IS NULL AND seat_id IS NOT NULL);
        IF cardinality(seats_paid) > 0 THEN PERFORM settle_seats(seats_paid, 'reserved'); END IF;
      END IF;
      IF cardinality(ended) > 0 THEN
        UPDATE reservation_items SET released_at = now() WHERE reservation_id = ANY (ended) AND released_at IS NULL;
      END IF;
      IF cardinality(paid_late) > 0 THEN
        -- What the buyer cancelled themselves stays with others.
        UPDATE reservation_items SET released_at = NULL
        WHERE reservation_id = ANY (paid_late) AND cancelled_quantity < quantity;
      END IF;
      IF cardinality(seats_paid) > 0 THEN PERFORM note_changes(seats_paid, 0, NULL); END IF;
      RETURN NULL;
    END $$`.execute(db);
}

/** Partial indexes where a payment or an end happens once, so that a repeated report adds nothing. */
async function refunds(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE refunds (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      reservation_id uuid NOT NULL REFERENCES reservations (id),
      -- The payment to pay back from. NULL if an operator entered it by hand.
      payment_id text,
      amount bigint NOT NULL CHECK (amount > 0),
      reason text NOT NULL
        CHECK (reason IN ('cancelled', 'cancelled_in_part', 'event_cancelled', 'too_late', 'paid_twice')),
      due_at timestamptz NOT NULL DEFAULT now(),
      refunded_at timestamptz
    )`.execute(db);
  await sql`CREATE INDEX refunds_of_reservation ON refunds (reservation_id)`.execute(db);
  await sql`
    CREATE UNIQUE INDEX one_refund_per_end ON refunds (reservation_id, coalesce(payment_id, ''))
    WHERE reason IN ('cancelled', 'event_cancelled', 'too_late')`.execute(db);
  await sql`
    CREATE UNIQUE INDEX one_refund_per_second_payment ON refunds (payment_id) WHERE reason = 'paid_twice'`.execute(
    db,
  );
  // A part of a paid reservation is due for refund while the rest goes on.
  await sql`
    ALTER TABLE reservations
      DROP CONSTRAINT refunds_follow_an_end,
      ADD CONSTRAINT refunded_reservations_have_ended CHECK (
        payment_status <> 'refunded' OR status IN ('cancelled', 'expired')),
      ADD CONSTRAINT refunds_follow_a_payment CHECK (
        NOT refund_due OR status <> 'pending' OR payment_status = 'completed')`.execute(db);
}

async function endedPayments(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION end_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO refunds (reservation_id, payment_id, amount, reason, refunded_at)
      SELECT NEW.id, NEW.payment_id, NEW.total_amount,
        CASE WHEN NEW.status = 'expired' OR NEW.payment_status = 'pending' THEN 'too_late'
          WHEN e.status = 'cancelled' THEN 'event_cancelled' ELSE 'cancelled' END,
        CASE WHEN NOT NEW.refund_due THEN coalesce(NEW.refunded_at, NEW.updated_at) END
      FROM events e WHERE e.id = NEW.event_id AND NEW.total_amount > 0
      ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`.execute(db);
  const ended = sql`NEW.status IN ('cancelled', 'expired') AND (NEW.refund_due OR NEW.payment_status = 'refunded')`;
  await sql`
    CREATE TRIGGER ended_payment_entered AFTER INSERT ON reservations FOR EACH ROW WHEN (${ended})
    EXECUTE FUNCTION end_payment()`.execute(db);
  await sql`
    CREATE TRIGGER payment_ended AFTER UPDATE OF status, refund_due, payment_status ON reservations FOR EACH ROW WHEN (${ended})
    EXECUTE FUNCTION end_payment()`.execute(db);
  await sql`
    CREATE FUNCTION settle_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE refunds SET refunded_at = coalesce(NEW.refunded_at, now())
      WHERE reservation_id = NEW.id AND refunded_at IS NULL;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER refunds_settled AFTER UPDATE OF refund_due ON reservations FOR EACH ROW
    WHEN (OLD.refund_due AND NOT NEW.refund_due) EXECUTE FUNCTION settle_refunds()`.execute(db);
}

async function existingRefunds(db: Kysely<unknown>): Promise<void> {
  await sql`
    INSERT INTO refunds (reservation_id, payment_id, amount, reason, due_at, refunded_at)
    SELECT r.id, r.payment_id, r.total_amount,
      CASE WHEN r.confirmed_at IS NULL THEN 'too_late' WHEN e.status = 'cancelled' THEN 'event_cancelled' ELSE 'cancelled' END,
      r.updated_at, CASE WHEN NOT r.refund_due THEN coalesce(r.refunded_at, r.updated_at) END
    FROM reservations r JOIN events e ON e.id = r.event_id
    WHERE r.total_amount > 0 AND (r.refund_due OR r.payment_status = 'refunded')`.execute(db);
}

async function cancelledEvents(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE event_cancellations (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      reason text,
      requested_at timestamptz NOT NULL DEFAULT now(),
      queue_cleared_at timestamptz,
      -- NULL until they are counted.
      reservations integer,
      done integer NOT NULL DEFAULT 0,
      refunds integer NOT NULL DEFAULT 0,
      refund_amount bigint NOT NULL DEFAULT 0,
      finished_at timestamptz
    )`.execute(db);
  await sql`
    CREATE INDEX event_cancellations_open ON event_cancellations (requested_at) WHERE finished_at IS NULL`.execute(
    db,
  );
  await sql`
    CREATE FUNCTION note_cancellation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.status = 'cancelled' THEN INSERT INTO event_cancellations (event_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
      ELSE DELETE FROM event_cancellations WHERE event_id = NEW.id;
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER event_cancelled AFTER UPDATE OF status ON events FOR EACH ROW
    WHEN ((OLD.status = 'cancelled') <> (NEW.status = 'cancelled')) EXECUTE FUNCTION note_cancellation()`.execute(
    db,
  );
  await sql`
    INSERT INTO event_cancellations (event_id)
    SELECT id FROM events e WHERE e.status = 'cancelled'
      AND EXISTS (SELECT FROM reservations r WHERE r.event_id = e.id AND r.status IN ('pending', 'confirmed'))`.execute(
    db,
  );
}
