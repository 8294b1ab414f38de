import { type Kysely, sql } from 'kysely';

/**
 * What an import from the existing service needs:
 *
 * - Its reservation numbers are longer: TK, 13 digits and up to 5 letters or digits.
 * - A reservation that ended long ago brings claims that have ended. They change neither seats nor stock, so that a seat may have been
 *   in any number of them. A transaction that writes them says so with the setting `tiketi.past_claims`, and can then write no others.
 * - A record of each import: a second one goes on with the first, in the same time zone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE reservations
      DROP CONSTRAINT reservations_reservation_number_check,
      ADD CONSTRAINT reservations_reservation_number_check
        CHECK (reservation_number ~ '^TK[0-9A-Z]{12,18}$')`.execute(db);
  await pastClaims(db);
  await sql`
    CREATE TABLE imports (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      timezone text NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz
    )`.execute(db);
}

async function pastClaims(db: Kysely<unknown>): Promise<void> {
  const isPast = sql`coalesce(current_setting('tiketi.past_claims', true), '') = 'on'`;
  await sql`
    CREATE OR REPLACE TRIGGER claims_begun AFTER INSERT ON reservation_items
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    WHEN (NOT (${isPast})) EXECUTE FUNCTION claims_begun()`.execute(db);
  await sql`
    CREATE FUNCTION past_claims_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT FROM new_rows n JOIN reservations r ON r.id = n.reservation_id
        WHERE n.released_at IS NULL OR r.status NOT IN ('cancelled', 'expired')
          OR r.xmin <> pg_current_xact_id()::xid
      ) THEN
        RAISE EXCEPTION 'a past claim is released, and comes with its reservation, which has ended'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER past_claims_added AFTER INSERT ON reservation_items
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    WHEN (${isPast}) EXECUTE FUNCTION past_claims_added()`.execute(db);
}
