import { type Kysely, sql } from 'kysely';

/**
 * New claims find their reservations by their keys, one after the other. PostgreSQL plans a join with the transition table once in a
 * session, when `reservations` may have a few rows, and could begin with all of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
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
          OR r.made_in <> pg_current_xact_id()::xid)
      INTO held, sold, types, quantities, astray
      FROM new_rows n
      CROSS JOIN LATERAL (SELECT status, xmin AS made_in FROM reservations WHERE id = n.reservation_id OFFSET 0) AS r;
      IF astray THEN
        RAISE EXCEPTION 'a claim begins with its reservation, in one transaction'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF held IS NOT NULL THEN PERFORM settle_seats(held, 'locked'); END IF;
      IF sold IS NOT NULL THEN PERFORM settle_seats(sold, 'reserved'); END IF;
      IF types IS NOT NULL THEN PERFORM settle_stock(types, quantities); END IF;
      IF note_changes(held || sold, -1, types) THEN
        -- The batch decides its requests again, and reads that the event is closed.
        RAISE EXCEPTION 'an event was closed meanwhile' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
}
