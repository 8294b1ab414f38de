import { type Kysely, sql } from 'kysely';

/**
 * Claims are the truth. Triggers derive the status of seats and the available stock from them:
 *
 * - A claim begins with its reservation, in one transaction, and changes its seat or its stock.
 * - A reservation that ends (cancelled, expired) releases its claims. One that is paid too late takes them again, all or none: the
 *   unique index and the CHECK of the stock refuse claims that are gone.
 * - The status of a seat, the available stock and an event's number of free seats can't be written directly.
 *
 * So no code above can sell twice, return twice or forget to return, and a decision is one INSERT or one UPDATE. Triggers run once
 * for each statement, so that a batch of a hundred claims costs one pass. Like every decision, they lock rows in the order of ids,
 * and seats before stock before the counts of events.
 *
 * PostgreSQL plans the functions at the first sale after a start, when tables may be nearly empty, and keeps the plans. Without
 * their settings they would scan whole tables of a million rows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await takeOver(db);
  await payments(db);
  await narrowClaims(db);
  await freeSeats(db);
  await derivation(db);
  await claims(db);
  await guards(db);
  await stockTotals(db);
  await reservationStates(db);
  await idempotency(db);
}

async function payments(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE reservations
      ADD COLUMN extended_at timestamptz,
      ADD COLUMN payment_id text,
      ADD COLUMN paid_at timestamptz,
      ADD COLUMN confirmed_at timestamptz,
      ADD COLUMN refund_due boolean NOT NULL DEFAULT false,
      ADD COLUMN refunded_at timestamptz,
      -- A payment that came too late is refunded as well, and then nobody has cancelled.
      DROP CONSTRAINT reservations_check,
      ADD CONSTRAINT refunds_follow_an_end CHECK (
        (payment_status <> 'refunded' AND NOT refund_due) OR status IN ('cancelled', 'expired')),
      ADD CONSTRAINT refunds_are_of_payments CHECK (NOT refund_due OR paid_at IS NOT NULL)`.execute(db);
  // Partial indexes, because a rush writes holds, which are in neither.
  await sql`
    CREATE UNIQUE INDEX one_reservation_per_payment ON reservations (payment_id) WHERE payment_id IS NOT NULL`.execute(
    db,
  );
  await sql`CREATE INDEX refunds_due ON reservations (paid_at, id) WHERE refund_due`.execute(db);
  await sql`
    CREATE INDEX reservations_live ON reservations (user_id, event_id) WHERE status IN ('pending', 'confirmed')`.execute(
    db,
  );
}

/** Replaces two indexes by one that grows at its end: each index is a third of the cost of an insert. */
async function narrowClaims(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE reservation_items ADD COLUMN position smallint DEFAULT 1`.execute(db);
  await sql`
    UPDATE reservation_items i SET position = n.position
    FROM (SELECT id, row_number() OVER (PARTITION BY reservation_id ORDER BY id) AS position FROM reservation_items) AS n
    WHERE n.id = i.id`.execute(db);
  await sql`DROP INDEX reservation_items_of_reservation, one_item_per_ticket_type`.execute(db);
  await sql`ALTER TABLE reservation_items DROP COLUMN id, ADD PRIMARY KEY (reservation_id, position)`.execute(
    db,
  );
}

/**
 * Counts the free seats of each event. "Sold out" then needs no search through 50,000 seats and no index on a seat's status.
 * Without that index, PostgreSQL changes a seat in place (a HOT update) and touches no index at all.
 */
async function freeSeats(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE event_seats (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      total integer NOT NULL CHECK (total >= 0),
      available integer NOT NULL CHECK (available BETWEEN 0 AND total)
    ) WITH (fillfactor = 50)`.execute(db);
  await sql`
    INSERT INTO event_seats
    SELECT event_id, count(*), count(*) FILTER (WHERE status = 'available') FROM seats GROUP BY event_id`.execute(
    db,
  );
  await sql`
    CREATE OR REPLACE VIEW event_listing AS
    SELECT e.*,
      CASE
        WHEN e.status IN ('cancelled', 'ended', 'sold_out') THEN e.status
        WHEN now() >= least(e.sale_end_date, e.event_date) THEN 'ended'
        WHEN now() < e.sale_start_date THEN 'upcoming'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.available > 0) THEN 'on_sale'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.total > 0) THEN 'sold_out'
        ELSE 'on_sale'
      END AS current_status
    FROM events e`.execute(db);
  await sql`DROP INDEX seats_available`.execute(db);
  await sql`ALTER TABLE seats SET (fillfactor = 70)`.execute(db);
  await sql`ALTER TABLE ticket_types SET (fillfactor = 50)`.execute(db);

  await sql`
    CREATE FUNCTION seats_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO event_seats AS known
      SELECT event_id, count(*), count(*) FROM new_rows GROUP BY event_id ORDER BY event_id
      ON CONFLICT (event_id) DO UPDATE SET
        total = known.total + excluded.total, available = known.available + excluded.available;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER seats_added AFTER INSERT ON seats
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION seats_added()`.execute(db);
  await sql`
    CREATE FUNCTION seats_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE event_seats e SET total = e.total - gone.total, available = e.available - gone.available
      FROM (
        SELECT event_id, count(*) AS total, count(*) FILTER (WHERE status = 'available') AS available
        FROM old_rows GROUP BY event_id ORDER BY event_id
      ) AS gone
      WHERE e.event_id = gone.event_id;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER seats_removed AFTER DELETE ON seats
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION seats_removed()`.execute(db);
}

/** Functions that the triggers below share, with the same settings. */
async function derivation(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TYPE seats_of_events AS (event_ids uuid[], counts integer[])`.execute(db);
  await sql`
    CREATE FUNCTION settle_seats(ids uuid[], new_status text) RETURNS seats_of_events LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      settled_seats seats_of_events;
    BEGIN
      WITH settled AS (
        UPDATE seats s SET version = s.version + 1, status = new_status
        FROM (SELECT id FROM unnest(ids) AS c (id) ORDER BY id) AS claimed
        WHERE s.id = claimed.id
        RETURNING s.event_id
      )
      SELECT array_agg(counted.event_id), array_agg(counted.seats) INTO settled_seats
      FROM (SELECT event_id, count(*)::integer AS seats FROM settled GROUP BY event_id) AS counted;
      RETURN settled_seats;
    END $$`.execute(db);
  await sql`
    CREATE FUNCTION settle_stock(ids uuid[], quantities integer[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE ticket_types t SET version = t.version + 1, available_quantity = t.available_quantity - claimed.quantity
      FROM (
        SELECT id, sum(quantity)::integer AS quantity FROM unnest(ids, quantities) AS c (id, quantity) GROUP BY id ORDER BY id
      ) AS claimed
      WHERE t.id = claimed.id;
    END $$`.execute(db);
  // Called after the stock is settled, which a batch has locked before. `freed` is 1 for claims that end, -1 for those that begin.
  await sql`
    CREATE FUNCTION count_free_seats(event_ids uuid[], counts integer[], freed integer) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE event_seats e SET available = e.available + freed * counted.seats
      FROM (
        SELECT event_id, sum(seats)::integer AS seats FROM unnest(event_ids, counts) AS c (event_id, seats)
        GROUP BY event_id ORDER BY event_id
      ) AS counted
      WHERE e.event_id = counted.event_id;
    END $$`.execute(db);
}

async function claims(db: Kysely<unknown>): Promise<void> {
  // This transaction has made or changed the reservation, so that no other one can end it meanwhile.
  await sql`
    CREATE FUNCTION claims_begun() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      held uuid[]; sold uuid[]; types uuid[]; quantities integer[]; astray boolean;
      in_hold seats_of_events; in_sale seats_of_events;
    BEGIN
      SELECT
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND r.status = 'pending'),
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND r.status = 'confirmed'),
        array_agg(n.ticket_type_id) FILTER (WHERE n.ticket_type_id IS NOT NULL),
        array_agg(n.quantity) FILTER (WHERE n.ticket_type_id IS NOT NULL),
        bool_or(n.released_at IS NOT NULL OR r.status NOT IN ('pending', 'confirmed')
          OR r.xmin <> pg_current_xact_id()::xid)
      INTO held, sold, types, quantities, astray
      FROM new_rows n JOIN reservations r ON r.id = n.reservation_id;
      IF astray THEN
        RAISE EXCEPTION 'a claim begins with its reservation, in one transaction'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF held IS NOT NULL THEN in_hold := settle_seats(held, 'locked'); END IF;
      IF sold IS NOT NULL THEN in_sale := settle_seats(sold, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF held || sold IS NOT NULL THEN
        PERFORM count_free_seats(in_hold.event_ids || in_sale.event_ids, in_hold.counts || in_sale.counts, -1);
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER claims_begun AFTER INSERT ON reservation_items
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_begun()`.execute(db);

  // Every row here was released or taken again, because claims_are_final refuses all other changes.
  await sql`
    CREATE FUNCTION claims_changed() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      freed uuid[]; retaken uuid[]; types uuid[]; quantities integer[]; astray boolean;
      back seats_of_events; again seats_of_events;
    BEGIN
      SELECT
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND n.released_at IS NOT NULL),
        array_agg(n.seat_id) FILTER (WHERE n.seat_id IS NOT NULL AND n.released_at IS NULL),
        array_agg(n.ticket_type_id) FILTER (WHERE n.ticket_type_id IS NOT NULL),
        array_agg(CASE WHEN n.released_at IS NULL THEN n.quantity ELSE -n.quantity END)
          FILTER (WHERE n.ticket_type_id IS NOT NULL),
        bool_or((n.released_at IS NULL) <> (r.status IN ('pending', 'confirmed')))
      INTO freed, retaken, types, quantities, astray
      FROM new_rows n JOIN reservations r ON r.id = n.reservation_id;
      IF astray THEN
        RAISE EXCEPTION 'a claim lives as long as its reservation' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF freed IS NOT NULL THEN back := settle_seats(freed, 'available'); END IF;
      IF retaken IS NOT NULL THEN again := settle_seats(retaken, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF freed IS NOT NULL THEN PERFORM count_free_seats(back.event_ids, back.counts, 1); END IF;
      IF retaken IS NOT NULL THEN PERFORM count_free_seats(again.event_ids, again.counts, -1); END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER claims_changed AFTER UPDATE ON reservation_items
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION claims_changed()`.execute(db);
}

async function guards(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER claims_are_final BEFORE UPDATE ON reservation_items FOR EACH ROW
    WHEN ((OLD.reservation_id, OLD.position, OLD.seat_id, OLD.ticket_type_id, OLD.quantity, OLD.unit_price)
      IS DISTINCT FROM (NEW.reservation_id, NEW.position, NEW.seat_id, NEW.ticket_type_id, NEW.quantity, NEW.unit_price)
      OR (OLD.released_at IS NULL) = (NEW.released_at IS NULL))
    EXECUTE FUNCTION refuse_change('a claim can only be released or taken again')`.execute(db);
  await sql`
    CREATE TRIGGER claims_stay BEFORE DELETE ON reservation_items FOR EACH ROW WHEN (OLD.released_at IS NULL)
    EXECUTE FUNCTION refuse_change('a live claim must be released before it is deleted')`.execute(db);
  await sql`
    CREATE TRIGGER seat_status_is_derived BEFORE UPDATE OF status ON seats FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('the status of a seat follows from its claim')`.execute(db);
  await sql`
    CREATE TRIGGER new_seats_are_available BEFORE INSERT ON seats FOR EACH ROW WHEN (NEW.status <> 'available')
    EXECUTE FUNCTION refuse_change('the status of a seat follows from its claim')`.execute(db);
  await sql`
    CREATE TRIGGER seats_stay_in_their_event BEFORE UPDATE OF event_id ON seats FOR EACH ROW
    WHEN (OLD.event_id <> NEW.event_id)
    EXECUTE FUNCTION refuse_change('a seat stays in its event')`.execute(db);
  await sql`
    CREATE TRIGGER free_seats_are_derived BEFORE INSERT OR UPDATE OR DELETE ON event_seats FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('the number of free seats follows from the seats')`.execute(db);
  await sql`
    CREATE TRIGGER stock_is_derived BEFORE UPDATE OF available_quantity ON ticket_types FOR EACH ROW
    WHEN (OLD.available_quantity <> NEW.available_quantity AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('what is left of a stock follows from its claims; change total_quantity')`.execute(
    db,
  );
}

/** An operator adds or withdraws stock by changing the total. The available stock follows, and the CHECK protects claims. */
async function stockTotals(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION total_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.available_quantity := OLD.available_quantity + NEW.total_quantity - OLD.total_quantity;
      NEW.version := OLD.version + 1;
      RETURN NEW;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER total_changed BEFORE UPDATE OF total_quantity ON ticket_types FOR EACH ROW
    WHEN (OLD.total_quantity <> NEW.total_quantity) EXECUTE FUNCTION total_changed()`.execute(db);
  await sql`
    CREATE FUNCTION new_stock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.available_quantity := NEW.total_quantity;
      RETURN NEW;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER new_stock BEFORE INSERT ON ticket_types FOR EACH ROW EXECUTE FUNCTION new_stock()`.execute(
    db,
  );
}

async function reservationStates(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TRIGGER reservation_states BEFORE UPDATE OF status ON reservations FOR EACH ROW
    WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
      ('pending', 'confirmed'), ('pending', 'cancelled'), ('pending', 'expired'),
      ('confirmed', 'cancelled'), ('expired', 'confirmed')))
    EXECUTE FUNCTION refuse_change('a reservation can not go from this state to that one')`.execute(db);
  await sql`
    CREATE FUNCTION reservation_state_changed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    DECLARE
      ended uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status IN ('cancelled', 'expired') AND o.status IN ('pending', 'confirmed'));
      paid uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status = 'confirmed' AND o.status = 'pending');
      paid_late uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.status = 'confirmed' AND o.status = 'expired');
      seats_paid uuid[];
    BEGIN
      IF cardinality(ended) > 0 THEN
        UPDATE reservation_items SET released_at = now() WHERE reservation_id = ANY (ended) AND released_at IS NULL;
      END IF;
      IF cardinality(paid) > 0 THEN
        seats_paid := ARRAY(SELECT seat_id FROM reservation_items
          WHERE reservation_id = ANY (paid) AND released_at IS NULL AND seat_id IS NOT NULL);
        IF cardinality(seats_paid) > 0 THEN PERFORM settle_seats(seats_paid, 'reserved'); END IF;
      END IF;
      IF cardinality(paid_late) > 0 THEN
        UPDATE reservation_items SET released_at = NULL WHERE reservation_id = ANY (paid_late);
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER reservation_state_changed AFTER UPDATE ON reservations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION reservation_state_changed()`.execute(db);
}

/**
 * Stock that was sold elsewhere, or entered as sold, has no claims. Lower its total, so that the available stock stays the same.
 * This must run before `stockTotals`, whose trigger would change both.
 */
async function takeOver(db: Kysely<unknown>): Promise<void> {
  await sql`
    UPDATE ticket_types t SET total_quantity = t.available_quantity + coalesce((
      SELECT sum(i.quantity) FROM reservation_items i WHERE i.ticket_type_id = t.id AND i.released_at IS NULL), 0)`.execute(
    db,
  );
}

async function idempotency(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE idempotency_keys (
      user_id uuid NOT NULL,
      key text NOT NULL,
      fingerprint text NOT NULL,
      status smallint NOT NULL,
      body text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (user_id, key)
    )`.execute(db);
  await sql`CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)`.execute(db);
}
