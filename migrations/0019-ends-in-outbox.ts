import { type Kysely, sql } from 'kysely';

/**
 * The outbox finds ended holds without a join, as migration 0018 does for their claims: with the plan of a session's first change, 500
 * holds that ended together were compared with one another. EXCEPT sorts or hashes both sides, whatever their estimates are.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE OR REPLACE FUNCTION reservations_in_outbox() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    DECLARE
      wanted text[] := ARRAY(SELECT split_part(type, '.', 2) FROM outbox_wanted
        WHERE type IN ('reservation.confirmed', 'reservation.cancelled', 'reservation.expired'));
      ids uuid[]; what text[];
    BEGIN
      IF cardinality(wanted) = 0 THEN RETURN NULL; END IF;
      SELECT array_agg(id ORDER BY id), array_agg('reservation.' || status ORDER BY id) INTO ids, what FROM (
        SELECT id, status FROM new_rows WHERE status = ANY (wanted) EXCEPT SELECT id, status FROM old_rows
      ) AS happened;
      IF ids IS NOT NULL THEN PERFORM reservations_happened(ids, what); END IF;
      RETURN NULL;
    END $$`.execute(db);
}
