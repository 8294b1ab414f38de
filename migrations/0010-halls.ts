import { type Kysely, sql } from 'kysely';

/**
 * Halls that are made seat by seat. Their seats have a table of their own, so that lists of halls stay as small as they are: a hall has up
 * to 100,000 seats, and `layout_config` sums them up by section.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE seat_layouts ADD COLUMN by_seat boolean NOT NULL DEFAULT false`.execute(db);
  await sql`
    CREATE TABLE layout_seats (
      layout_id uuid NOT NULL REFERENCES seat_layouts (id) ON DELETE CASCADE,
      -- In the order in which the seats were sent, from 1.
      position integer NOT NULL,
      section text NOT NULL,
      row_number integer NOT NULL CHECK (row_number > 0),
      seat_number integer NOT NULL CHECK (seat_number > 0),
      seat_label text NOT NULL,
      price integer NOT NULL CHECK (price BETWEEN 0 AND 100000000),
      attributes text[] NOT NULL CHECK (attributes <@ ARRAY['accessible', 'companion', 'restricted_view']),
      x real,
      y real,
      PRIMARY KEY (layout_id, position),
      UNIQUE (layout_id, section, row_number, seat_number)
    )`.execute(db);
}
