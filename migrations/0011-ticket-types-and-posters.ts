import { type Kysely, sql } from 'kysely';

/**
 * Ticket types with a sale, an order and rules of their own, which the catalogue learns of like of prices. Hidden ones are not public.
 * Posters that organizers upload.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await catalogueChanges(db);
  await hiding(db);
  await listing(db);
  await posters(db);
}

/** As in 0008, with the columns of 0009. A sale sets none of them. */
async function catalogueChanges(db: Kysely<unknown>): Promise<void> {
  const columns = [
    'id',
    'event_id',
    'name',
    'description',
    'price',
    'total_quantity',
    'sale_start_date',
    'sale_end_date',
    'min_quantity',
    'max_quantity',
    'quantity_step',
    'position',
    'hidden',
  ];
  const [all, before, after] = ['', 'OLD.', 'NEW.'].map((prefix) =>
    sql.raw(columns.map((column) => prefix + column).join(', ')),
  );
  await sql`DROP TRIGGER ticket_type_changed_in_catalogue ON ticket_types`.execute(db);
  await sql`
    CREATE TRIGGER ticket_type_changed_in_catalogue AFTER UPDATE OF ${all} ON ticket_types FOR EACH ROW
    WHEN ((${before}) IS DISTINCT FROM (${after})) EXECUTE FUNCTION note_event_of_row()`.execute(db);
}

/** Changes say what is there, not what is gone. So readers read the whole event, as they do when a ticket type is removed. */
async function hiding(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION stock_hidden() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM raise_layouts(ARRAY[NEW.event_id]);
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER stock_hidden AFTER UPDATE OF hidden ON ticket_types FOR EACH ROW
    WHEN (OLD.hidden <> NEW.hidden) EXECUTE FUNCTION stock_hidden()`.execute(db);
}

/** An event whose last public ticket is gone is sold out, whatever it hides. */
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

/** Which image an event shows, and the images themselves unless they are stored elsewhere. */
async function posters(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE posters (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      key uuid NOT NULL,
      -- The hash of the content names the image in its address.
      hash text NOT NULL,
      type text NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'image/webp')),
      width integer NOT NULL,
      height integer NOT NULL,
      size integer NOT NULL,
      uploaded_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`
    CREATE TABLE poster_images (
      key uuid PRIMARY KEY,
      event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
      content bytea NOT NULL
    )`.execute(db);
  // Images are compressed already.
  await sql`ALTER TABLE poster_images ALTER COLUMN content SET STORAGE EXTERNAL`.execute(db);
  await sql`CREATE INDEX poster_images_by_event ON poster_images (event_id)`.execute(db);
}
