import { type Kysely, sql } from 'kysely';

/**
 * A companion seat is sold only with the accessible seat beside it, until the release time of its event. Whether that time has come is a
 * column of `event_seats`, and changes the number of the layout: so all instances sell by the same answer, whatever their clocks say.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE events ADD COLUMN companion_release_at timestamptz`.execute(db);
  await sql`
    CREATE INDEX events_with_companions ON events (companion_release_at) WHERE companion_release_at IS NOT NULL`.execute(
    db,
  );
  await sql`ALTER TABLE event_seats ADD COLUMN companions_released boolean NOT NULL DEFAULT false`.execute(
    db,
  );
  await releases(db);
  await listing(db);
}

async function releases(db: Kysely<unknown>): Promise<void> {
  // The service itself sets the new column at its time. The others still follow from the seats.
  await sql`DROP TRIGGER free_seats_are_derived ON event_seats`.execute(db);
  await sql`
    CREATE TRIGGER free_seats_are_derived
    BEFORE INSERT OR UPDATE OF event_id, total, available, version, layout, changed_in, closed OR DELETE ON event_seats FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('the number of free seats follows from the seats')`.execute(db);
  await sql`
    CREATE FUNCTION companions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM raise_layouts(ARRAY[NEW.event_id]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER companions_changed AFTER UPDATE OF companions_released ON event_seats FOR EACH ROW
    WHEN (OLD.companions_released <> NEW.companions_released) EXECUTE FUNCTION companions_changed()`.execute(
    db,
  );
  await sql`
    CREATE FUNCTION companion_release_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      released boolean := coalesce(NEW.companion_release_at <= now(), false);
    BEGIN
      UPDATE event_seats SET companions_released = released WHERE event_id = NEW.id AND companions_released <> released;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER companion_release_changed AFTER UPDATE OF companion_release_at ON events FOR EACH ROW
    WHEN (OLD.companion_release_at IS DISTINCT FROM NEW.companion_release_at)
    EXECUTE FUNCTION companion_release_changed()`.execute(db);
}

/** A view keeps the columns that its table had when it was made. */
async function listing(db: Kysely<unknown>): Promise<void> {
  await sql`DROP VIEW event_listing`.execute(db);
  await sql`
    CREATE VIEW event_listing AS
    SELECT e.*,
      CASE
        WHEN e.status IN ('draft', 'cancelled', 'ended', 'sold_out') THEN e.status
        WHEN now() >= least(e.sale_end_date, e.event_date) THEN 'ended'
        WHEN now() < e.sale_start_date THEN 'upcoming'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0 AND NOT t.hidden)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.available > 0) THEN 'on_sale'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND NOT t.hidden)
          OR EXISTS (SELECT FROM event_seats s WHERE s.event_id = e.id AND s.total > 0) THEN 'sold_out'
        ELSE 'on_sale'
      END AS current_status
    FROM events e`.execute(db);
}
