import { type Kysely, sql } from 'kysely';

/**
 * Each transaction that changes seats or stock of an event raises the event's version by exactly one, whatever number of statements it
 * has. The row of `event_seats` is locked until the commit, so the order of versions is the order of commits. A reader whose version is
 * older reads what it missed from `event_changes`.
 *
 * Lock order stays: users, seats, stock, then the rows of `event_seats` by event id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await waitForSales(db);
  await versions(db);
  await changes(db);
  await settling(db);
  await claims(db);
  await payments(db);
  await operators(db);
}

/**
 * An instance of the version before may sell meanwhile. The tables are locked in the order in which a sale writes them, so that none
 * waits for this transaction while this one waits for it. A sale that comes later waits before its triggers begin, and gets the new ones.
 */
async function waitForSales(db: Kysely<unknown>): Promise<void> {
  await sql`LOCK TABLE events, reservations, seats, ticket_types IN SHARE ROW EXCLUSIVE MODE`.execute(db);
  await sql`LOCK TABLE event_seats IN ACCESS EXCLUSIVE MODE`.execute(db);
}

/** A row for every event, those without seats included. */
async function versions(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE event_seats
      ADD COLUMN version bigint NOT NULL DEFAULT 1,
      -- The version that changed the layout last: seats were added or removed, or their places, labels or prices changed.
      ADD COLUMN layout bigint NOT NULL DEFAULT 1,
      -- The top-level transaction that raised the version last. xmin may be that of a subtransaction.
      ADD COLUMN changed_in xid8`.execute(db);
  await sql`ALTER TABLE event_seats DISABLE TRIGGER free_seats_are_derived`.execute(db);
  await sql`
    INSERT INTO event_seats (event_id, total, available) SELECT id, 0, 0 FROM events ON CONFLICT DO NOTHING`.execute(
    db,
  );
  await sql`ALTER TABLE event_seats ENABLE TRIGGER free_seats_are_derived`.execute(db);
  await sql`
    CREATE FUNCTION events_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- One statement may add seats before their event.
      INSERT INTO event_seats (event_id, total, available) SELECT id, 0, 0 FROM new_rows ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER events_added AFTER INSERT ON events
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION events_added()`.execute(db);
}

/**
 * What each version changed, kept for 10 minutes. The arrays of seats belong together, and so do those of stock. A later entry for a
 * seat or a stock replaces an earlier one.
 *
 * The table is unlogged: it costs a commit no WAL. After a crash it is empty, and readers read whole events again. For the same reason
 * it has no foreign key. Rows are a few KB of random ids, so compressing them would be vain.
 */
async function changes(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE UNLOGGED TABLE event_changes (
      event_id uuid NOT NULL,
      version bigint NOT NULL,
      -- The event's layout at this version. A reader with another one reads the whole event.
      layout bigint NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      seat_ids uuid[] NOT NULL DEFAULT '{}',
      -- 0 available, 1 locked, 2 reserved
      seat_statuses smallint[] NOT NULL DEFAULT '{}',
      seat_versions bigint[] NOT NULL DEFAULT '{}',
      ticket_type_ids uuid[] NOT NULL DEFAULT '{}',
      available_quantities integer[] NOT NULL DEFAULT '{}',
      total_quantities integer[] NOT NULL DEFAULT '{}',
      stock_versions bigint[] NOT NULL DEFAULT '{}',
      PRIMARY KEY (event_id, version)
    ) WITH (toast_tuple_target = 8160)`.execute(db);
  for (const column of ['seat_ids', 'seat_statuses', 'seat_versions'])
    await sql`ALTER TABLE event_changes ALTER COLUMN ${sql.ref(column)} SET STORAGE EXTERNAL`.execute(db);
  // For the deletion of old rows. A tree would cost each commit a write.
  await sql`CREATE INDEX event_changes_by_time ON event_changes USING brin (changed_at)`.execute(db);
}

/** Replaces the functions of 0003, which counted free seats only. */
async function settling(db: Kysely<unknown>): Promise<void> {
  await sql`DROP FUNCTION count_free_seats(uuid[], integer[], integer)`.execute(db);
  await sql`DROP FUNCTION settle_seats(uuid[], text)`.execute(db);
  await sql`DROP TYPE seats_of_events`.execute(db);
  await sql`
    CREATE FUNCTION settle_seats(ids uuid[], new_status text) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      UPDATE seats s SET version = s.version + 1, status = new_status
      FROM (SELECT id FROM unnest(ids) AS c (id) ORDER BY id) AS claimed
      WHERE s.id = claimed.id;
    END $$`.execute(db);
  // Called after seats and stock are settled. A second call in a transaction adds to the row of the first.
  // `freed` is 1 for seats that became available, -1 for seats that were, and 0 for seats that were paid.
  await sql`
    CREATE FUNCTION note_changes(changed_seats uuid[], freed integer, changed_types uuid[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      WITH seat AS MATERIALIZED (
        SELECT event_id, array_agg(id) AS ids, array_agg(version) AS versions,
          array_agg((CASE status WHEN 'available' THEN 0 WHEN 'locked' THEN 1 ELSE 2 END)::smallint) AS statuses
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
        RETURNING e.event_id, e.version, e.layout, c.seat_ids, c.statuses, c.seat_versions, c.type_ids, c.left_over, c.in_all,
          c.stock_versions
      )
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
        stock_versions = known.stock_versions || excluded.stock_versions;
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
      PERFORM note_changes(held || sold, -1, types);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE OR REPLACE FUNCTION claims_changed() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      freed uuid[]; retaken uuid[]; types uuid[]; quantities integer[]; astray boolean;
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
      IF freed IS NOT NULL THEN PERFORM settle_seats(freed, 'available'); END IF;
      IF retaken IS NOT NULL THEN PERFORM settle_seats(retaken, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF freed IS NOT NULL OR types IS NOT NULL THEN PERFORM note_changes(freed, 1, types); END IF;
      IF retaken IS NOT NULL THEN PERFORM note_changes(retaken, -1, NULL); END IF;
      RETURN NULL;
    END $$`.execute(db);
}

/** A payment changes its seats, and no stock. */
async function payments(db: Kysely<unknown>): Promise<void> {
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
        UPDATE reservation_items SET released_at = NULL WHERE reservation_id = ANY (paid_late);
      END IF;
      IF cardinality(seats_paid) > 0 THEN PERFORM note_changes(seats_paid, 0, NULL); END IF;
      RETURN NULL;
    END $$`.execute(db);
}

/** What an operator changes by SQL. Nothing of it touches the columns that a sale changes, so that it costs a sale nothing. */
async function operators(db: Kysely<unknown>): Promise<void> {
  // Does nothing for an event whose layout this transaction has raised already.
  await sql`
    CREATE FUNCTION raise_layouts(event_ids uuid[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      WITH raised AS (
        UPDATE event_seats e SET
          version = e.version + (e.changed_in IS DISTINCT FROM pg_current_xact_id())::integer,
          layout = e.version + (e.changed_in IS DISTINCT FROM pg_current_xact_id())::integer,
          changed_in = pg_current_xact_id()
        FROM (SELECT DISTINCT id FROM unnest(event_ids) AS c (id) ORDER BY id) AS changed
        WHERE e.event_id = changed.id AND (e.changed_in IS DISTINCT FROM pg_current_xact_id() OR e.layout < e.version)
        RETURNING e.event_id, e.version, e.layout
      )
      INSERT INTO event_changes (event_id, version, layout) SELECT event_id, version, layout FROM raised
      ON CONFLICT (event_id, version) DO UPDATE SET layout = excluded.layout;
    END $$`.execute(db);
  await sql`
    CREATE OR REPLACE FUNCTION seats_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO event_seats AS known (event_id, total, available)
      SELECT event_id, count(*), count(*) FROM new_rows GROUP BY event_id ORDER BY event_id
      ON CONFLICT (event_id) DO UPDATE SET
        total = known.total + excluded.total, available = known.available + excluded.available;
      PERFORM raise_layouts(ARRAY(SELECT event_id FROM new_rows GROUP BY event_id));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE OR REPLACE FUNCTION seats_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE event_seats e SET total = e.total - gone.total, available = e.available - gone.available
      FROM (
        SELECT event_id, count(*) AS total, count(*) FILTER (WHERE status = 'available') AS available
        FROM old_rows GROUP BY event_id ORDER BY event_id
      ) AS gone
      WHERE e.event_id = gone.event_id;
      PERFORM raise_layouts(ARRAY(SELECT event_id FROM old_rows GROUP BY event_id));
      RETURN NULL;
    END $$`.execute(db);
  // The setting remembers the last event, so that a statement for 50,000 seats of one event raises it once.
  await sql`
    CREATE FUNCTION layout_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      raised text := NEW.event_id || '/' || pg_current_xact_id();
    BEGIN
      IF current_setting('tiketi.raised_layout', true) IS DISTINCT FROM raised THEN
        PERFORM raise_layouts(ARRAY[NEW.event_id]), set_config('tiketi.raised_layout', raised, true);
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER layout_changed AFTER UPDATE OF id, section, row_number, seat_number, seat_label, price ON seats FOR EACH ROW
    WHEN ((OLD.id, OLD.section, OLD.row_number, OLD.seat_number, OLD.seat_label, OLD.price)
      IS DISTINCT FROM (NEW.id, NEW.section, NEW.row_number, NEW.seat_number, NEW.seat_label, NEW.price))
    EXECUTE FUNCTION layout_changed()`.execute(db);

  await sql`
    CREATE FUNCTION stock_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_changes(NULL, 0, ARRAY(SELECT id FROM new_rows));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER stock_added AFTER INSERT ON ticket_types
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION stock_added()`.execute(db);
  await sql`
    CREATE FUNCTION total_noted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_changes(NULL, 0, ARRAY[NEW.id]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER total_noted AFTER UPDATE OF total_quantity ON ticket_types FOR EACH ROW
    WHEN (OLD.total_quantity <> NEW.total_quantity) EXECUTE FUNCTION total_noted()`.execute(db);
  // Changes say what is there, not what is gone. So readers read the whole event.
  await sql`
    CREATE FUNCTION stock_moved() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM raise_layouts(ARRAY[OLD.event_id, NEW.event_id]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER stock_moved AFTER UPDATE OF id, event_id ON ticket_types FOR EACH ROW
    WHEN ((OLD.id, OLD.event_id) IS DISTINCT FROM (NEW.id, NEW.event_id)) EXECUTE FUNCTION stock_moved()`.execute(
    db,
  );
  await sql`
    CREATE FUNCTION stock_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM raise_layouts(ARRAY(SELECT event_id FROM old_rows));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER stock_removed AFTER DELETE ON ticket_types
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION stock_removed()`.execute(db);
}
