import { type Kysely, sql } from 'kysely';

/**
 * What happened, for other systems: webhooks and a feed.
 *
 * - Triggers write to `outbox` in the transaction that makes it true, and only the types that a subscription wants. While none wants
 *   holds, a batch of holds pays one look into a table of a few rows.
 * - A reader must neither miss a row that is committed late nor see the events of one reservation out of order. An id is drawn while the
 *   row of the reservation is locked, so that ids of one reservation are in the order of its commits. Ids of different reservations are
 *   not, so a reader who has seen 7 may find 6 later. Therefore one instance at a time gives positions to the rows that are committed,
 *   in the order of their ids. A snapshot that has a row also has the earlier ones of its reservation, because they were committed before
 *   its id was drawn. Transaction ids would not do: a transaction gets its id before it waits for the row, and may change it after a
 *   younger one did.
 * - A session must not draw ids in advance, so the sequence has no cache.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await waitForSales(db);
  await subscriptions(db);
  await outbox(db);
  await deliveries(db);
  await shapes(db);
  await reservations(db);
  await refunds(db);
  await seatBlocks(db);
  await events(db);
  await soldOut(db);
}

/** An instance of the version before may sell meanwhile. The tables are locked in the order in which a sale locks them. */
async function waitForSales(db: Kysely<unknown>): Promise<void> {
  await sql`
    LOCK TABLE events, seats, ticket_types, reservations, reservation_items, event_seats IN SHARE ROW EXCLUSIVE MODE`.execute(
    db,
  );
}

async function subscriptions(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE webhooks (
      id uuid PRIMARY KEY,
      created_by uuid NOT NULL,
      -- NULL: all events, for an administrator. Otherwise the events of this organizer.
      organizer_id uuid,
      -- NULL: a subscription for the feed.
      url text,
      types text[] NOT NULL CHECK (cardinality(types) > 0),
      -- NULL: all events that the subscription may see.
      event_id uuid REFERENCES events (id) ON DELETE CASCADE,
      enabled boolean NOT NULL DEFAULT true,
      -- Why the service disabled it.
      disabled_because text CHECK (disabled_because IN ('gone', 'failing')),
      -- Readable, because signing needs them.
      secret text CHECK ((secret IS NULL) = (url IS NULL)),
      former_secret text,
      former_secret_until timestamptz,
      -- Since the last success.
      failures integer NOT NULL DEFAULT 0,
      failing_since timestamptz,
      retry_at timestamptz,
      revision integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX webhooks_of_creator ON webhooks (created_by, id)`.execute(db);
  await sql`
    CREATE TRIGGER webhooks_edited BEFORE UPDATE OF url, types, event_id, enabled, secret ON webhooks
    FOR EACH ROW EXECUTE FUNCTION raise_revision()`.execute(db);
  // The types that any subscription wants. Every trigger below looks here first.
  await sql`CREATE TABLE outbox_wanted (type text PRIMARY KEY)`.execute(db);
  await sql`
    CREATE FUNCTION settle_wanted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('outbox_wanted', 0));
      DELETE FROM outbox_wanted w
        WHERE NOT EXISTS (SELECT FROM webhooks WHERE enabled AND w.type = ANY (types));
      INSERT INTO outbox_wanted SELECT DISTINCT unnest(types) FROM webhooks WHERE enabled ON CONFLICT DO NOTHING;
      RETURN NULL;
    END $$`.execute(db);
  for (const [name, what] of [
    ['webhooks_added', 'INSERT'],
    ['webhooks_changed', 'UPDATE OF types, enabled'],
    ['webhooks_removed', 'DELETE'],
  ] as const)
    await sql`
      CREATE TRIGGER ${sql.ref(name)} AFTER ${sql.raw(what)} ON webhooks
      FOR EACH STATEMENT EXECUTE FUNCTION settle_wanted()`.execute(db);
}

/** Without foreign keys: rows outlive what they are about, and a check would lock the event. */
async function outbox(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE outbox (
      id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
      -- Given after the commit.
      position bigint UNIQUE,
      published_at timestamptz,
      message_id uuid NOT NULL DEFAULT gen_random_uuid(),
      type text NOT NULL,
      event_id uuid NOT NULL,
      -- The reservation, event or block: what keeps its order.
      entity_id uuid NOT NULL,
      happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      data jsonb NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX outbox_unpublished ON outbox (id) WHERE position IS NULL`.execute(db);
  await sql`CREATE INDEX outbox_of_event ON outbox (event_id, position)`.execute(db);
  // One row, which the instance locks that publishes.
  await sql`
    CREATE TABLE outbox_state (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      last_position bigint NOT NULL DEFAULT 0,
      -- Rows up to this position are deleted.
      swept_through bigint NOT NULL DEFAULT 0
    )`.execute(db);
  await sql`INSERT INTO outbox_state DEFAULT VALUES`.execute(db);
}

async function deliveries(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE webhook_deliveries (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      outbox_id bigint NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
      position bigint NOT NULL,
      entity_id uuid NOT NULL,
      status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'parked')),
      attempts integer NOT NULL DEFAULT 0,
      first_attempt_at timestamptz,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      -- An instance that is sending has the lease. The result of a lease that ended, or was taken over, counts no more.
      lease uuid,
      leased_until timestamptz,
      response_status smallint,
      response_body text,
      error text,
      duration_ms integer,
      created_at timestamptz NOT NULL DEFAULT now(),
      delivered_at timestamptz,
      UNIQUE (webhook_id, position)
    )`.execute(db);
  await sql`CREATE INDEX webhook_deliveries_of_row ON webhook_deliveries (outbox_id)`.execute(db);
  await sql`
    CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, position) WHERE status = 'pending'`.execute(
    db,
  );
  await sql`
    CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (webhook_id, entity_id, position)
    WHERE status = 'pending'`.execute(db);
  await sql`CREATE INDEX webhook_deliveries_parked ON webhook_deliveries (webhook_id) WHERE status = 'parked'`.execute(
    db,
  );
}

/** What the rows contain. Functions of SQL, which PostgreSQL puts into the statements that call them. */
async function shapes(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION iso_time(t timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
      SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    $$`.execute(db);
  await sql`
    CREATE FUNCTION outbox_listens(wanted text, of_event uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
      SELECT EXISTS (
        SELECT FROM webhooks w
        WHERE w.enabled AND wanted = ANY (w.types) AND (w.event_id IS NULL OR w.event_id = of_event)
          AND (w.organizer_id IS NULL
            OR w.organizer_id = (SELECT e.created_by FROM events e WHERE e.id = of_event)))
    $$`.execute(db);
  await sql`
    CREATE FUNCTION event_facts(e events) RETURNS jsonb LANGUAGE sql STABLE AS $$
      SELECT jsonb_build_object(
        'id', e.id, 'title', e.title, 'artist_name', e.artist_name, 'venue', e.venue, 'address', e.address,
        'event_date', iso_time(e.event_date), 'sale_start_date', iso_time(e.sale_start_date),
        'sale_end_date', iso_time(e.sale_end_date), 'timezone', e.timezone, 'status', e.status,
        'cancellable_until', iso_time(e.cancellable_until), 'poster_image_url', e.poster_image_url)
    $$`.execute(db);
}

async function reservations(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION reservations_happened(ids uuid[], what text[], refunds jsonb[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      WITH happened AS MATERIALIZED (
        SELECT h.id, h.type, h.nr, r.event_id
        FROM unnest(ids, what) WITH ORDINALITY AS h (id, type, nr) JOIN reservations r ON r.id = h.id
      ), heard AS MATERIALIZED (
        SELECT type, event_id FROM (SELECT DISTINCT type, event_id FROM happened) AS each
        WHERE outbox_listens(type, event_id)
      )
      INSERT INTO outbox (type, event_id, entity_id, data)
      SELECT h.type, h.event_id, h.id, jsonb_build_object(
        'event', jsonb_build_object('id', e.id, 'title', e.title, 'event_date', iso_time(e.event_date)),
        'reservation', jsonb_build_object(
          'id', r.id, 'reservation_number', r.reservation_number, 'user_id', r.user_id, 'event_id', r.event_id,
          'status', r.status, 'total_amount', r.total_amount,
          'payment_status', r.payment_status, 'payment_method', r.payment_method, 'payment_id', r.payment_id,
          'refund_due', r.refund_due, 'created_at', iso_time(r.created_at), 'expires_at', iso_time(r.expires_at),
          'paid_at', iso_time(r.paid_at), 'confirmed_at', iso_time(r.confirmed_at), 'refunded_at', iso_time(r.refunded_at),
          'items', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
              'position', i.position, 'seat_id', i.seat_id, 'section', s.section, 'row_number', s.row_number,
              'seat_number', s.seat_number, 'seat_label', s.seat_label, 'ticket_type_id', i.ticket_type_id,
              'ticket_type_name', t.name, 'quantity', i.quantity,
              'cancelled_quantity', i.cancelled_quantity, 'unit_price', i.unit_price) ORDER BY i.position), '[]')
            FROM reservation_items i LEFT JOIN seats s ON s.id = i.seat_id LEFT JOIN ticket_types t ON t.id = i.ticket_type_id
            WHERE i.reservation_id = r.id)))
        || CASE WHEN refunds IS NULL THEN '{}' ELSE jsonb_build_object('refund', refunds[h.nr]) END
      FROM happened h JOIN heard USING (type, event_id)
      JOIN reservations r ON r.id = h.id JOIN events e ON e.id = h.event_id
      ORDER BY h.nr;
    END $$`.execute(db);
  // A reservation of 0 won is confirmed when it is made.
  await sql`
    CREATE FUNCTION reservations_begun(ids uuid[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      begun uuid[]; what text[];
    BEGIN
      SELECT array_agg(b.id ORDER BY b.id), array_agg(b.type ORDER BY b.id) INTO begun, what FROM (
        SELECT r.id, CASE r.status WHEN 'pending' THEN 'reservation.held' WHEN 'confirmed' THEN 'reservation.confirmed' END AS type
        FROM reservations r WHERE r.id = ANY (ids)
      ) AS b WHERE EXISTS (SELECT FROM outbox_wanted w WHERE w.type = b.type);
      IF begun IS NOT NULL THEN PERFORM reservations_happened(begun, what); END IF;
    END $$`.execute(db);
  // On the items, whose transition table the trigger of the claims has anyway, and after it by name.
  await sql`
    CREATE FUNCTION holds_in_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM outbox_wanted WHERE type = 'reservation.held')
        OR EXISTS (SELECT FROM outbox_wanted WHERE type = 'reservation.confirmed')
          AND EXISTS (SELECT FROM new_rows WHERE unit_price = 0) THEN
        PERFORM reservations_begun(ARRAY(SELECT DISTINCT n.reservation_id FROM new_rows n));
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER holds_in_outbox AFTER INSERT ON reservation_items
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION holds_in_outbox()`.execute(db);
  await sql`
    CREATE FUNCTION reservations_in_outbox() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    DECLARE
      ids uuid[]; what text[];
    BEGIN
      IF NOT EXISTS (SELECT FROM outbox_wanted WHERE type > 'reservation.' AND type < 'reservation/') THEN RETURN NULL; END IF;
      SELECT array_agg(id ORDER BY id, nr), array_agg(type ORDER BY id, nr) INTO ids, what FROM (
        SELECT n.id, w.type, w.nr FROM new_rows n JOIN old_rows o USING (id) CROSS JOIN LATERAL (VALUES
          (1, 'reservation.confirmed', n.status = 'confirmed' AND o.status <> 'confirmed'),
          (2, 'reservation.cancelled', n.status = 'cancelled' AND o.status <> 'cancelled'),
          (3, 'reservation.expired', n.status = 'expired' AND o.status <> 'expired')
        ) AS w (nr, type, so)
        WHERE w.so AND EXISTS (SELECT FROM outbox_wanted x WHERE x.type = w.type)
      ) AS happened;
      IF ids IS NOT NULL THEN PERFORM reservations_happened(ids, what); END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER reservations_in_outbox AFTER UPDATE ON reservations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION reservations_in_outbox()`.execute(db);
}

/** At the commit, so that the end of a reservation comes before its refund. */
async function refunds(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refund_in_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      what text := CASE WHEN NEW.refunded_at IS NULL THEN 'reservation.refund_due' ELSE 'reservation.refunded' END;
    BEGIN
      IF EXISTS (SELECT FROM outbox_wanted WHERE type = what) THEN
        PERFORM reservations_happened(ARRAY[NEW.reservation_id], ARRAY[what], ARRAY[jsonb_build_object(
          'id', NEW.id, 'amount', NEW.amount, 'reason', NEW.reason, 'payment_id', NEW.payment_id,
          'due_at', iso_time(NEW.due_at), 'refunded_at', iso_time(NEW.refunded_at))]);
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE CONSTRAINT TRIGGER refund_due_in_outbox AFTER INSERT ON refunds DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refund_in_outbox()`.execute(db);
  await sql`
    CREATE CONSTRAINT TRIGGER refunded_in_outbox AFTER UPDATE OF refunded_at ON refunds DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.refunded_at IS NULL AND NEW.refunded_at IS NOT NULL) EXECUTE FUNCTION refund_in_outbox()`.execute(
    db,
  );
}

/** By statement: one row for each block, with the seats that were blocked or released together. They run after the block is settled. */
async function seatBlocks(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION seat_blocks_happened(what text, blocks uuid[], seat_ids uuid[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      INSERT INTO outbox (type, event_id, entity_id, data)
      SELECT what, b.event_id, b.id, jsonb_build_object(
        'block', jsonb_build_object('id', b.id, 'event_id', b.event_id, 'reason', b.reason,
          'release_at', iso_time(b.release_at), 'released_at', iso_time(b.released_at)),
        'seat_count', c.count, 'seat_ids', to_jsonb(c.ids[1:1000]))
      FROM (
        SELECT block, count(*) AS count, array_agg(seat ORDER BY seat) AS ids FROM unnest(blocks, seat_ids) AS s (block, seat)
        GROUP BY block ORDER BY block
      ) AS c JOIN seat_blocks b ON b.id = c.block
      WHERE outbox_listens(what, b.event_id);
    END $$`.execute(db);
  for (const [name, operation, rows, type] of [
    ['seats_blocked_in_outbox', 'INSERT', 'NEW', 'seat_block.created'],
    ['seats_unblocked_in_outbox', 'DELETE', 'OLD', 'seat_block.released'],
  ] as const) {
    await sql`
      CREATE FUNCTION ${sql.ref(name)}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM outbox_wanted WHERE type = ${sql.lit(type)}) THEN
          PERFORM seat_blocks_happened(${sql.lit(type)}, array_agg(block_id), array_agg(seat_id)) FROM changed HAVING count(*) > 0;
        END IF;
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER ${sql.ref(name)} AFTER ${sql.raw(operation)} ON blocked_seats
      REFERENCING ${sql.raw(rows)} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ${sql.ref(name)}()`.execute(
      db,
    );
  }
}

async function events(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION event_happened(what text, e events, more jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM outbox_wanted WHERE type = what) AND outbox_listens(what, e.id) THEN
        INSERT INTO outbox (type, event_id, entity_id, data)
        VALUES (what, e.id, e.id, jsonb_build_object('event', event_facts(e)) || more);
      END IF;
    END $$`.execute(db);
  await sql`
    CREATE FUNCTION events_in_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      was jsonb := to_jsonb(OLD) - ARRAY['revision', 'updated_at', 'search_text', 'pre_scaled', 'created_by', 'created_at'];
      changed jsonb;
    BEGIN
      IF OLD.status = 'draft' AND NEW.status = 'draft' THEN RETURN NULL; END IF;
      IF OLD.status = 'draft' THEN PERFORM event_happened('event.published', NEW); RETURN NULL; END IF;
      IF OLD.status <> 'cancelled' AND NEW.status = 'cancelled' THEN
        PERFORM event_happened('event.cancelled', NEW);
        RETURN NULL;
      END IF;
      SELECT jsonb_agg(f.key ORDER BY f.key) INTO changed FROM jsonb_each(was) f WHERE to_jsonb(NEW) -> f.key <> f.value;
      IF changed IS NOT NULL THEN
        PERFORM event_happened('event.changed', NEW, jsonb_build_object('changed', changed));
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER events_in_outbox AFTER UPDATE ON events FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION events_in_outbox()`.execute(db);
}

/**
 * An event is sold out once its last seat and its last ticket are claimed, and on sale again once any is free. Both are decided at the
 * commit, when the transaction has locked the row of `event_seats`: two batches that sell the last ticket of two types at once can't
 * both overlook the other. The triggers are asked when a count reaches or leaves zero. What was said last is kept, so that each is said
 * once, whatever number of counts changes.
 */
async function soldOut(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE TABLE sold_out_events (event_id uuid PRIMARY KEY)`.execute(db);
  await sql`
    CREATE FUNCTION is_sold_out(e events) RETURNS boolean LANGUAGE sql STABLE AS $$
      SELECT e.status = 'sold_out'
        OR NOT EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0)
          AND NOT EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.available > 0)
          AND (EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id)
            OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.total > 0))
    $$`.execute(db);
  await sql`
    INSERT INTO sold_out_events SELECT id FROM events e
    WHERE status NOT IN ('draft', 'cancelled', 'ended') AND is_sold_out(e)`.execute(db);
  await sql`
    CREATE FUNCTION note_sold_out(of_event uuid) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      e events;
    BEGIN
      PERFORM FROM event_seats WHERE event_id = of_event FOR NO KEY UPDATE;
      SELECT * INTO e FROM events WHERE id = of_event AND status NOT IN ('draft', 'cancelled', 'ended');
      IF NOT FOUND THEN RETURN; END IF;
      IF is_sold_out(e) THEN
        INSERT INTO sold_out_events VALUES (of_event) ON CONFLICT DO NOTHING;
        IF FOUND THEN PERFORM event_happened('event.sold_out', e); END IF;
      ELSE
        DELETE FROM sold_out_events WHERE event_id = of_event;
        IF FOUND THEN PERFORM event_happened('event.on_sale_again', e); END IF;
      END IF;
    END $$`.execute(db);
  await sql`
    CREATE FUNCTION note_sold_out_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_sold_out(coalesce(NEW.event_id, OLD.event_id));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE FUNCTION note_sold_out_by_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_sold_out(NEW.id);
      RETURN NULL;
    END $$`.execute(db);
  const triggers = [
    [
      'event_seats',
      'UPDATE OF available',
      sql`(OLD.available = 0) <> (NEW.available = 0)`,
      'note_sold_out_of_row',
    ],
    [
      'ticket_types',
      'UPDATE OF available_quantity, total_quantity',
      sql`(OLD.available_quantity = 0) <> (NEW.available_quantity = 0)`,
      'note_sold_out_of_row',
    ],
    ['ticket_types', 'INSERT', sql`NEW.available_quantity > 0`, 'note_sold_out_of_row'],
    ['ticket_types', 'DELETE', sql`OLD.available_quantity > 0`, 'note_sold_out_of_row'],
    ['events', 'UPDATE OF status', sql`OLD.status <> NEW.status`, 'note_sold_out_by_status'],
  ] as const;
  for (const [table, what, when, does] of triggers)
    await sql`
      CREATE CONSTRAINT TRIGGER ${sql.ref(`sold_out_by_${what.split(' ')[0]?.toLowerCase()}`)}
      AFTER ${sql.raw(what)} ON ${sql.ref(table)} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION ${sql.ref(does)}()`.execute(db);
}
