import { type Kysely, sql } from 'kysely';

/**
 * Reservations and their claims. A row of `reservation_items` claims one seat or a number of one ticket type. It is live until
 * `released_at` is set. Setting it gives back exactly what the row claimed, so a claim can't be returned twice. The partial unique
 * index is the last word on "each seat is sold once".
 *
 * User ids come from the auth service's tokens, so there is no table of users to refer to.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE reservations (
      id uuid PRIMARY KEY,
      reservation_number text NOT NULL UNIQUE CHECK (reservation_number ~ '^TK[0-9A-Z]{12}$'),
      user_id uuid NOT NULL,
      event_id uuid NOT NULL REFERENCES events (id),
      total_amount bigint NOT NULL CHECK (total_amount >= 0),
      status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'confirmed', 'cancelled', 'expired')),
      payment_status text NOT NULL DEFAULT 'pending'
        CHECK (payment_status IN ('pending', 'completed', 'failed', 'refunded')),
      payment_method text,
      expires_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      -- What was never paid can't be refunded, and what is confirmed was paid.
      CHECK (payment_status <> 'refunded' OR status = 'cancelled'),
      CHECK (status <> 'confirmed' OR payment_status = 'completed')
    )`.execute(db);
  await sql`CREATE INDEX reservations_of_user ON reservations (user_id, created_at DESC, id DESC)`.execute(
    db,
  );
  await sql`CREATE INDEX reservations_expiring ON reservations (expires_at) WHERE status = 'pending'`.execute(
    db,
  );

  await sql`
    CREATE TABLE reservation_items (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      reservation_id uuid NOT NULL REFERENCES reservations (id),
      seat_id uuid REFERENCES seats (id),
      ticket_type_id uuid REFERENCES ticket_types (id),
      quantity integer NOT NULL CHECK (quantity > 0),
      unit_price integer NOT NULL CHECK (unit_price >= 0),
      released_at timestamptz,
      CHECK (num_nonnulls(seat_id, ticket_type_id) = 1),
      CHECK (seat_id IS NULL OR quantity = 1)
    )`.execute(db);
  await sql`CREATE INDEX reservation_items_of_reservation ON reservation_items (reservation_id)`.execute(db);
  await sql`
    CREATE UNIQUE INDEX one_live_claim_per_seat ON reservation_items (seat_id)
    WHERE released_at IS NULL AND seat_id IS NOT NULL`.execute(db);
  await sql`
    CREATE UNIQUE INDEX one_item_per_ticket_type ON reservation_items (reservation_id, ticket_type_id)
    WHERE ticket_type_id IS NOT NULL`.execute(db);
}
