import { type Kysely, sql } from 'kysely';

/**
 * Blocks keep seats from being sold, until an organizer or a time releases them. A row of `blocked_seats` is to a blocked seat what a
 * claim is to a sold one: triggers derive the status of the seat, the free seats and the version of the event from it.
 *
 * A seat is never both blocked and claimed. The two meet in the row of the seat, which both lock: it goes from available to blocked and
 * back, and from no other state to blocked or from blocked to another one.
 *
 * The lock order goes on after the row of `event_seats`: blocks by id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await tables(db);
  await transitions(db);
  await derivation(db);
  await guards(db);
}

async function tables(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE seat_blocks (
      id uuid PRIMARY KEY,
      event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
      reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
      -- NULL: an organizer releases it.
      release_at timestamptz,
      created_by uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      -- When its last seat was released. Derived from its seats.
      released_at timestamptz
    )`.execute(db);
  await sql`CREATE INDEX seat_blocks_of_event ON seat_blocks (event_id, id) WHERE released_at IS NULL`.execute(
    db,
  );
  await sql`CREATE INDEX seat_blocks_due ON seat_blocks (release_at) WHERE released_at IS NULL`.execute(db);
  await sql`
    CREATE TABLE blocked_seats (
      seat_id uuid PRIMARY KEY REFERENCES seats (id) ON DELETE CASCADE,
      block_id uuid NOT NULL REFERENCES seat_blocks (id) ON DELETE CASCADE
    )`.execute(db);
  await sql`CREATE INDEX blocked_seats_of_block ON blocked_seats (block_id)`.execute(db);
}

/** Refuses what the claims and the blocks of a seat may not do to each other. A late payment takes the error as it takes a sold seat. */
async function transitions(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION refuse_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'a seat is blocked while it is available, and sold while it is not blocked'
        USING ERRCODE = 'check_violation';
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER blocked_or_claimed BEFORE UPDATE OF status ON seats FOR EACH ROW
    WHEN (OLD.status = 'blocked' AND NEW.status IN ('locked', 'reserved')
      OR NEW.status = 'blocked' AND OLD.status <> 'available')
    EXECUTE FUNCTION refuse_blocked()`.execute(db);
}

async function derivation(db: Kysely<unknown>): Promise<void> {
  // The locks keep a block from being noted as released while another transaction adds a seat to it.
  await sql`
    CREATE FUNCTION settle_blocks(ids uuid[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      PERFORM FROM seat_blocks WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
      UPDATE seat_blocks b SET released_at = CASE WHEN released_at IS NULL THEN now() END
      WHERE id = ANY (ids)
        AND (released_at IS NULL) <> EXISTS (SELECT FROM blocked_seats s WHERE s.block_id = b.id);
    END $$`.execute(db);
  await sql`
    CREATE FUNCTION seats_blocked() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      ids uuid[] := ARRAY(SELECT seat_id FROM new_rows);
    BEGIN
      PERFORM settle_seats(ids, 'blocked');
      IF EXISTS (
        SELECT FROM new_rows n JOIN seats s ON s.id = n.seat_id JOIN seat_blocks b ON b.id = n.block_id
        WHERE s.event_id <> b.event_id
      ) THEN
        RAISE EXCEPTION 'a block has seats of its own event' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      PERFORM note_changes(ids, -1, NULL);
      PERFORM settle_blocks(ARRAY(SELECT DISTINCT block_id FROM new_rows));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER seats_blocked AFTER INSERT ON blocked_seats
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION seats_blocked()`.execute(db);
  // A seat that is deleted takes its row here with it, and is nothing to settle any more.
  await sql`
    CREATE FUNCTION seats_unblocked() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    DECLARE
      ids uuid[] := ARRAY(SELECT seat_id FROM old_rows);
    BEGIN
      PERFORM settle_seats(ids, 'available');
      PERFORM note_changes(ids, 1, NULL);
      PERFORM settle_blocks(ARRAY(SELECT DISTINCT block_id FROM old_rows));
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER seats_unblocked AFTER DELETE ON blocked_seats
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION seats_unblocked()`.execute(db);
}

async function guards(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TRIGGER blocked_seats_are_final BEFORE UPDATE ON blocked_seats FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_change('a seat is released from a block before it is in another one')`.execute(
    db,
  );
  await sql`
    CREATE TRIGGER blocks_stay_in_their_event BEFORE UPDATE OF event_id ON seat_blocks FOR EACH ROW
    WHEN (OLD.event_id <> NEW.event_id)
    EXECUTE FUNCTION refuse_change('a block stays in its event')`.execute(db);
  await sql`
    CREATE TRIGGER released_blocks_are_derived BEFORE UPDATE OF released_at ON seat_blocks FOR EACH ROW
    WHEN (OLD.released_at IS DISTINCT FROM NEW.released_at AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_change('a block is released with its last seat')`.execute(db);
}
