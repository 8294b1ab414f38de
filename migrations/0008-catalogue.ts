import { type Kysely, sql } from 'kysely';

/**
 * Every instance keeps the catalogue in memory and asks each second what has changed. Whatever changes an event as lists and its page
 * show it notes the event in `catalogue_changes`, in the same transaction: events, ticket types, seats, halls. A sale changes none of
 * these facts, so that it writes nothing here. The row also outlives its event, and so tells of a deletion.
 *
 * Two rows stand for more than one event: all zeros for the keyword mappings, all ones for everything.
 *
 * `changed_in` is compared with the snapshot of the last reading, as `pg_snapshot_xmin` has it, so that a transaction that commits late
 * is not missed. A time or a sequence would be older than what was read before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE catalogue_changes (
      event_id uuid PRIMARY KEY,
      changed_in xid8 NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX catalogue_changes_in_order ON catalogue_changes (changed_in)`.execute(db);
  await sql`
    CREATE FUNCTION note_catalogue(ids uuid[]) RETURNS void LANGUAGE sql AS $$
      INSERT INTO catalogue_changes AS known
      SELECT id, pg_current_xact_id() FROM (SELECT DISTINCT id FROM unnest(ids) AS c (id) ORDER BY id) AS changed
      ON CONFLICT (event_id) DO UPDATE SET changed_in = excluded.changed_in
      WHERE known.changed_in <> excluded.changed_in
    $$`.execute(db);
  await events(db);
  await inventory(db);
  await words(db);
  // Searches look through the catalogue in memory.
  await sql`DROP INDEX events_search`.execute(db);
}

/** Notes the events of all rows of a statement at once, so that an import of 50,000 is not 50,000 calls. */
async function noteStatements(
  db: Kysely<unknown>,
  table: string,
  column: string,
  operations: ('INSERT' | 'UPDATE' | 'DELETE')[],
): Promise<void> {
  for (const operation of operations) {
    const name = sql.ref(`${table}_${operation.toLowerCase()}_in_catalogue`);
    await sql`
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM note_catalogue(ARRAY(SELECT ${sql.ref(column)} FROM changed));
        RETURN NULL;
      END $$`.execute(db);
    await sql`
      CREATE TRIGGER ${name} AFTER ${sql.raw(operation)} ON ${sql.ref(table)}
      REFERENCING ${sql.raw(operation === 'DELETE' ? 'OLD' : 'NEW')} TABLE AS changed FOR EACH STATEMENT
      EXECUTE FUNCTION ${name}()`.execute(db);
  }
}

async function events(db: Kysely<unknown>): Promise<void> {
  await noteStatements(db, 'events', 'id', ['INSERT', 'UPDATE', 'DELETE']);
  await sql`
    CREATE FUNCTION note_whole_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_catalogue(ARRAY['ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER events_emptied AFTER TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION note_whole_catalogue()`.execute(db);
}

async function inventory(db: Kysely<unknown>): Promise<void> {
  await noteStatements(db, 'ticket_types', 'event_id', ['INSERT', 'DELETE']);
  await sql`
    CREATE FUNCTION note_event_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_catalogue(ARRAY[coalesce(NEW.event_id, OLD.event_id)]);
      RETURN NULL;
    END $$`.execute(db);
  // A sale sets none of these columns, and this trigger isn't even asked.
  await sql`
    CREATE TRIGGER ticket_type_changed_in_catalogue
    AFTER UPDATE OF id, event_id, name, description, price, total_quantity ON ticket_types FOR EACH ROW
    WHEN ((OLD.id, OLD.event_id, OLD.name, OLD.description, OLD.price, OLD.total_quantity)
      IS DISTINCT FROM (NEW.id, NEW.event_id, NEW.name, NEW.description, NEW.price, NEW.total_quantity))
    EXECUTE FUNCTION note_event_of_row()`.execute(db);
  // The layout follows from the seats: it grows when seats are added or removed, and when a price changes.
  await sql`
    CREATE TRIGGER layout_changed_in_catalogue AFTER UPDATE OF layout ON event_seats FOR EACH ROW
    WHEN (OLD.layout <> NEW.layout) EXECUTE FUNCTION note_event_of_row()`.execute(db);
  await sql`
    CREATE FUNCTION note_events_of_hall() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_catalogue(ARRAY(SELECT id FROM events WHERE seat_layout_id = NEW.id));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER hall_changed_in_catalogue AFTER UPDATE ON seat_layouts
    FOR EACH ROW EXECUTE FUNCTION note_events_of_hall()`.execute(db);
}

async function words(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION note_keywords() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM note_catalogue(ARRAY['00000000-0000-0000-0000-000000000000'::uuid]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER keywords_in_catalogue AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON keyword_mappings
    FOR EACH STATEMENT EXECUTE FUNCTION note_keywords()`.execute(db);
}
