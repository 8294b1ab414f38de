import { type Kysely, sql } from 'kysely';

/**
 * The catalogue: halls, events, ticket types with their stock, seats, and the words that find an event.
 *
 * - CHECK constraints guard quantities, so that no bug above the database can oversell.
 * - `events.status` holds what an operator decided. The view `event_listing` derives the status from the clock and the stock,
 *   so it is never stale: no job has to turn `upcoming` into `on_sale` at 20:00.
 * - `version` grows with each change of a row, so that a subscriber can order the announcements of several instances.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Trusted since PostgreSQL 13, so the owner of the database may create it without being a superuser.
  await sql`CREATE EXTENSION IF NOT EXISTS pg_trgm`.execute(db);

  await sql`
    CREATE TABLE seat_layouts (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      name text NOT NULL UNIQUE,
      description text,
      total_seats integer NOT NULL CHECK (total_seats > 0),
      layout_config jsonb NOT NULL CHECK (jsonb_typeof(layout_config -> 'sections') = 'array'),
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);

  await sql`
    CREATE TABLE events (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      title text NOT NULL,
      description text,
      venue text NOT NULL,
      address text,
      event_date timestamptz NOT NULL,
      sale_start_date timestamptz NOT NULL,
      sale_end_date timestamptz NOT NULL,
      poster_image_url text,
      status text NOT NULL DEFAULT 'upcoming'
        CHECK (status IN ('upcoming', 'on_sale', 'sold_out', 'ended', 'cancelled')),
      seat_layout_id uuid REFERENCES seat_layouts (id),
      artist_name text,
      pre_scaled boolean NOT NULL DEFAULT false,
      created_by uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      search_text text NOT NULL GENERATED ALWAYS AS (
        lower(title || ' ' || coalesce(artist_name, '') || ' ' || venue || ' ' || coalesce(address, ''))
      ) STORED,
      CHECK (sale_start_date < sale_end_date)
    )`.execute(db);
  await sql`CREATE INDEX events_by_date ON events (event_date, id)`.execute(db);
  await sql`CREATE INDEX events_search ON events USING gin (search_text gin_trgm_ops)`.execute(db);

  await sql`
    CREATE TABLE ticket_types (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
      name text NOT NULL,
      description text,
      price integer NOT NULL CHECK (price BETWEEN 0 AND 100000000),
      total_quantity integer NOT NULL CHECK (total_quantity >= 0),
      available_quantity integer NOT NULL,
      version bigint NOT NULL DEFAULT 0,
      CHECK (available_quantity BETWEEN 0 AND total_quantity),
      UNIQUE (event_id, name)
    )`.execute(db);

  await sql`
    CREATE TABLE seats (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
      section text NOT NULL,
      row_number integer NOT NULL CHECK (row_number > 0),
      seat_number integer NOT NULL CHECK (seat_number > 0),
      seat_label text NOT NULL,
      price integer NOT NULL CHECK (price BETWEEN 0 AND 100000000),
      status text NOT NULL DEFAULT 'available' CHECK (status IN ('available', 'locked', 'reserved')),
      version bigint NOT NULL DEFAULT 0,
      UNIQUE (event_id, section, row_number, seat_number)
    )`.execute(db);
  // For the lowest and highest price in a list. A sale never changes a price, so the index costs the hot path nothing.
  await sql`CREATE INDEX seats_by_price ON seats (event_id, price)`.execute(db);
  await sql`CREATE INDEX seats_available ON seats (event_id) WHERE status = 'available'`.execute(db);

  await sql`
    CREATE TABLE keyword_mappings (
      korean text NOT NULL,
      english text NOT NULL,
      PRIMARY KEY (korean, english)
    )`.execute(db);

  // Without any seat or ticket type an event is not sold out: it was announced before its seats were laid out.
  await sql`
    CREATE VIEW event_listing AS
    SELECT e.*,
      CASE
        WHEN e.status IN ('cancelled', 'ended', 'sold_out') THEN e.status
        WHEN now() >= least(e.sale_end_date, e.event_date) THEN 'ended'
        WHEN now() < e.sale_start_date THEN 'upcoming'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id AND t.available_quantity > 0)
          OR EXISTS (SELECT FROM seats s WHERE s.event_id = e.id AND s.status = 'available') THEN 'on_sale'
        WHEN EXISTS (SELECT FROM ticket_types t WHERE t.event_id = e.id)
          OR EXISTS (SELECT FROM seats s WHERE s.event_id = e.id) THEN 'sold_out'
        ELSE 'on_sale'
      END AS current_status
    FROM events e`.execute(db);
}
