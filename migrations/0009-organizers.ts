import { type Kysely, type RawBuilder, sql } from 'kysely';
import { lockTables } from '../src/database/lock-tables.ts';

/**
 * What organizers need beside SQL: drafts, revisions for concurrent edits, limits per event, blocked seats, and a log of what they did.
 *
 * - A draft is an event that its organizer alone can see.
 * - `revision` grows with each edit of an event, a ticket type or a hall, and not with a sale.
 * - An event that is a draft or cancelled is closed: a sale that was decided before the event closed fails when it commits.
 * - The audit log can only grow.
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
  await halls(db);
  await events(db);
  await ticketTypes(db);
  await seats(db);
  await closedEvents(db);
  await auditLog(db);
}

async function halls(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION raise_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.revision := OLD.revision + 1;
      RETURN NEW;
    END $$`.execute(db);
  await sql`
    ALTER TABLE seat_layouts
      ADD COLUMN created_by uuid,
      ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN revision integer NOT NULL DEFAULT 1`.execute(db);
  await raiseRevision(db, 'seat_layouts');
}

/** NULL means the default of the service, as its variables set it. */
async function events(db: Kysely<unknown>): Promise<void> {
  // The view has the columns of the table as they were when it was made.
  await sql`DROP VIEW event_listing`.execute(db);
  await sql`
    ALTER TABLE events
      DROP CONSTRAINT events_status_check,
      ADD CONSTRAINT events_status_check
        CHECK (status IN ('draft', 'upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled')),
      ADD COLUMN timezone text NOT NULL DEFAULT 'Asia/Seoul',
      ADD COLUMN revision integer NOT NULL DEFAULT 1,
      ADD COLUMN max_seats_per_reservation integer CHECK (max_seats_per_reservation BETWEEN 1 AND 100),
      ADD COLUMN max_seats_per_user integer CHECK (max_seats_per_user BETWEEN 1 AND 10000),
      ADD COLUMN max_tickets_per_reservation integer CHECK (max_tickets_per_reservation BETWEEN 1 AND 100),
      ADD COLUMN max_tickets_per_user integer CHECK (max_tickets_per_user BETWEEN 1 AND 10000),
      ADD COLUMN hold_seconds integer CHECK (hold_seconds BETWEEN 10 AND 86400),
      ADD COLUMN extend_seconds integer CHECK (extend_seconds BETWEEN 0 AND 86400),
      -- After an event was postponed, buyers may cancel until then, also paid reservations.
      ADD COLUMN cancellable_until timestamptz`.execute(db);
  await raiseRevision(db, 'events');
  await sql`CREATE INDEX events_by_creator ON events (created_by, event_date, id)`.execute(db);
  await sql`
    CREATE VIEW event_listing AS
    SELECT e.*,
      CASE
        WHEN e.status IN ('draft', 'cancelled', 'ended', 'sold_out') THEN e.status
        WHEN now() >= least(e.sale_end_date, e.event_date) THEN 'ended'
        WHEN now() < e.sale_start_date THEN 'upcoming'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.available > 0) THEN 'on_sale'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.total > 0) THEN 'sold_out'
        ELSE 'on_sale'
      END AS current_status
    FROM events e`.execute(db);
}

async function ticketTypes(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE ticket_types
      ADD COLUMN revision integer NOT NULL DEFAULT 1,
      -- Within the sale of the event. NULL: as the event.
      ADD COLUMN sale_start_date timestamptz,
      ADD COLUMN sale_end_date timestamptz,
      -- The quantities of one reservation.
      ADD COLUMN min_quantity integer NOT NULL DEFAULT 1 CHECK (min_quantity BETWEEN 1 AND 100),
      ADD COLUMN max_quantity integer CHECK (max_quantity BETWEEN 1 AND 100),
      ADD COLUMN quantity_step integer NOT NULL DEFAULT 1 CHECK (quantity_step BETWEEN 1 AND 100),
      ADD COLUMN position integer NOT NULL DEFAULT 0,
      ADD COLUMN hidden boolean NOT NULL DEFAULT false,
      ADD CHECK (sale_start_date < sale_end_date),
      ADD CHECK (min_quantity <= max_quantity)`.execute(db);
  // A sale sets none of these columns.
  await raiseRevision(
    db,
    'ticket_types',
    sql`id, name, description, price, total_quantity, sale_start_date, sale_end_date, min_quantity, max_quantity, quantity_step, position, hidden`,
  );
}

/** @param columns those that only an edit sets; by default all */
async function raiseRevision(
  db: Kysely<unknown>,
  table: string,
  columns?: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    CREATE TRIGGER ${sql.ref(`${table}_edited`)} BEFORE UPDATE ${columns ? sql`OF ${columns}` : sql``} ON ${sql.ref(table)}
    FOR EACH ROW EXECUTE FUNCTION raise_revision()`.execute(db);
}

/** A blocked seat is not for sale. Like the other states it follows from other rows, and is never written directly. */
async function seats(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE seats
      DROP CONSTRAINT seats_status_check,
      ADD CONSTRAINT seats_status_check CHECK (status IN ('available', 'locked', 'reserved', 'blocked')),
      ADD COLUMN attributes text[] NOT NULL DEFAULT '{}'
        CHECK (attributes <@ ARRAY['accessible', 'companion', 'restricted_view']),
      -- In the hall's own units.
      ADD COLUMN x real,
      ADD COLUMN y real`.execute(db);
  await sql`DROP TRIGGER layout_changed ON seats`.execute(db);
  await sql`
    CREATE TRIGGER layout_changed
    AFTER UPDATE OF id, section, row_number, seat_number, seat_label, price, attributes, x, y ON seats FOR EACH ROW
    WHEN ((OLD.id, OLD.section, OLD.row_number, OLD.seat_number, OLD.seat_label, OLD.price, OLD.attributes, OLD.x, OLD.y)
      IS DISTINCT FROM (NEW.id, NEW.section, NEW.row_number, NEW.seat_number, NEW.seat_label, NEW.price, NEW.attributes, NEW.x, NEW.y))
    EXECUTE FUNCTION layout_changed()`.execute(db);
}

/**
 * A batch reads whether an event sells before it waits for locks. The row of `event_seats` is the last that it locks, so that what it
 * finds there is what counts: an event that closed meanwhile sells nothing more.
 */
async function closedEvents(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE event_seats ADD COLUMN closed boolean NOT NULL DEFAULT false`.execute(db);
  await sql`ALTER TABLE event_seats DISABLE TRIGGER free_seats_are_derived`.execute(db);
  await sql`
    UPDATE event_seats SET closed = true FROM events e
    WHERE e.id = event_id AND e.status IN ('draft', 'cancelled')`.execute(db);
  await sql`ALTER TABLE event_seats ENABLE TRIGGER free_seats_are_derived`.execute(db);
  await sql`
    CREATE FUNCTION close_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE event_seats SET closed = NEW.status IN ('draft', 'cancelled') WHERE event_id = NEW.id;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER event_closed AFTER UPDATE OF status ON events FOR EACH ROW
    WHEN ((OLD.status IN ('draft', 'cancelled')) <> (NEW.status IN ('draft', 'cancelled')))
    EXECUTE FUNCTION close_event()`.execute(db);
  await sql`
    CREATE OR REPLACE FUNCTION events_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- One statement may add seats before their event.
      INSERT INTO event_seats AS known (event_id, total, available, closed)
      SELECT id, 0, 0, status IN ('draft', 'cancelled') FROM new_rows
      ON CONFLICT (event_id) DO UPDATE SET closed = excluded.closed WHERE known.closed <> excluded.closed;
      RETURN NULL;
    END $$`.execute(db);
  await noteChanges(db);
  await claims(db);
}

/** As in 0007, with the code of blocked seats. It also tells whether one of the events is closed. */
async function noteChanges(db: Kysely<unknown>): Promise<void> {
  await sql`DROP FUNCTION note_changes(uuid[], integer, uuid[])`.execute(db);
  await sql`
    CREATE FUNCTION note_changes(changed_seats uuid[], freed integer, changed_types uuid[]) RETURNS boolean LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      any_closed boolean;
    BEGIN
      WITH seat AS MATERIALIZED (
        SELECT event_id, array_agg(id) AS ids, array_agg(version) AS versions,
          array_agg((CASE status WHEN 'available' THEN 0 WHEN 'locked' THEN 1 WHEN 'reserved' THEN 2 ELSE 3 END)::smallint) AS statuses
        FROM seats WHERE id = ANY (changed_seats) GROUP BY event_id
      ), stock AS MATERIALIZED (
        SELECT event_id, array_agg(id) AS ids, array_agg(version) AS versions,
          array_agg(available_quantity) AS available, array_agg(total_quantity) AS total
        FROM ticket_types WHERE id = ANY (changed_types) GROUP BY event_id
      ), raised AS (
        UPDATE event_seats e SET
          available = e.available + freed * coalesce(cardinality(c.seat_ids), 0),
          version = e.version + (e.changed_in IS DISTINCT FROM pg_current_xact_id())::integer,
          changed_in = pg_current_xact_id()
        FROM (
          SELECT event_id, seat.ids AS seat_ids, statuses, seat.versions AS seat_versions,
            stock.ids AS type_ids, stock.available AS left_over, total AS in_all, stock.versions AS stock_versions
          FROM (SELECT event_id FROM seat UNION SELECT event_id FROM stock) AS touched
          LEFT JOIN seat USING (event_id) LEFT JOIN stock USING (event_id)
          ORDER BY event_id
        ) AS c
        WHERE e.event_id = c.event_id
        RETURNING e.event_id, e.version, e.layout, e.closed, c.seat_ids, c.statuses, c.seat_versions, c.type_ids, c.left_over,
          c.in_all, c.stock_versions
      ), noted AS (
        INSERT INTO event_changes AS known (event_id, version, layout, seat_ids, seat_statuses, seat_versions,
          ticket_type_ids, available_quantities, total_quantities, stock_versions)
        SELECT event_id, version, layout, coalesce(seat_ids, '{}'), coalesce(statuses, '{}'), coalesce(seat_versions, '{}'),
          coalesce(type_ids, '{}'), coalesce(left_over, '{}'), coalesce(in_all, '{}'), coalesce(stock_versions, '{}')
        FROM raised
        ON CONFLICT (event_id, version) DO UPDATE SET
          seat_ids = known.seat_ids || excluded.seat_ids,
          seat_statuses = known.seat_statuses || excluded.seat_statuses,
          seat_versions = known.seat_versions || excluded.seat_versions,
          ticket_type_ids = known.ticket_type_ids || excluded.ticket_type_ids,
          available_quantities = known.available_quantities || excluded.available_quantities,
          total_quantities = known.total_quantities || excluded.total_quantities,
          stock_versions = known.stock_versions || excluded.stock_versions
      )
      SELECT coalesce(bool_or(closed), false) INTO any_closed FROM raised;
      RETURN any_closed;
    END $$`.execute(db);
}

async function claims(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE OR REPLACE FUNCTION claims_begun() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      held uuid[]; sold uuid[]; types uuid[]; quantities integer[]; astray boolean;
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
      IF held IS NOT NULL THEN PERFORM settle_seats(held, 'locked'); END IF;
      IF sold IS NOT NULL THEN PERFORM settle_seats(sold, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF note_changes(held || sold, -1, types) THEN
        -- The batch decides its requests again, and reads that the event is closed.
        RAISE EXCEPTION 'an event was closed meanwhile' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
}

async function auditLog(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE audit_log (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      -- NULL if the service did it by itself, at a time that was set.
      actor_id uuid,
      actor_role text NOT NULL CHECK (actor_role IN ('admin', 'organizer', 'service', 'user', 'system')),
      request_id text,
      -- The entity and what was done to it, such as event.publish.
      action text NOT NULL,
      -- Without foreign keys: an entry outlives what it is about.
      entity_id text NOT NULL,
      event_id uuid,
      reason text,
      before jsonb,
      after jsonb
    )`.execute(db);
  await sql`CREATE INDEX audit_log_by_event ON audit_log (event_id, id DESC)`.execute(db);
  await sql`CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id DESC)`.execute(db);
  await sql`CREATE INDEX audit_log_by_time ON audit_log (happened_at, id)`.execute(db);
  await sql`
    CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('the audit log can only grow')`.execute(db);
}
