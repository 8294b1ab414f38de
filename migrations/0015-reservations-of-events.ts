import { type Kysely, sql } from 'kysely';

/**
 * Indexes for organizers, who ask by event. Only the first one is written by a hold. It grows at the end of each event, so that its
 * pages stay in memory.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`CREATE INDEX reservations_of_event ON reservations (event_id, created_at DESC, id DESC)`.execute(
    db,
  );
  // Written by payments. An operator who enters one by hand may leave the time out.
  await sql`
    CREATE INDEX reservations_sold ON reservations (event_id, confirmed_at)
    WHERE confirmed_at IS NOT NULL OR status = 'confirmed'`.execute(db);
  // Written by ends. It finds who had a seat before.
  await sql`
    CREATE INDEX past_claims_of_seat ON reservation_items (seat_id) WHERE released_at IS NOT NULL AND seat_id IS NOT NULL`.execute(
    db,
  );
}
