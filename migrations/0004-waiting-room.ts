import { type Kysely, sql } from 'kysely';

/**
 * For each waiting room: the settings of an operator, the lottery at its opening, and its last known state. The lines themselves
 * are in Redis.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await settings(db);
  await lotteries(db);
  await rooms(db);
}

/** NULL means the default. Every instance polls for changed rows. */
async function settings(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE queue_settings (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      threshold integer CHECK (threshold BETWEEN 0 AND 10000000),
      drain_per_second double precision CHECK (drain_per_second > 0 AND drain_per_second <= 1000000),
      paused boolean NOT NULL DEFAULT false,
      lobby_minutes integer CHECK (lobby_minutes BETWEEN 1 AND 1440),
      cleared_at timestamptz,
      version bigint NOT NULL DEFAULT 1,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);
  await sql`CREATE INDEX queue_settings_by_change ON queue_settings (updated_at)`.execute(db);
}

/** The hash is derived, so that the published seed is always the announced one. */
async function lotteries(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE queue_lotteries (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      seed bytea NOT NULL CHECK (octet_length(seed) = 32),
      seed_hash text NOT NULL GENERATED ALWAYS AS (encode(sha256(seed), 'hex')) STORED,
      drawn_at timestamptz,
      entries integer,
      -- In the order of the draw, 16 bytes each.
      user_ids bytea,
      CHECK (num_nonnulls(drawn_at, entries, user_ids) IN (0, 3)),
      CHECK (octet_length(user_ids) = 16 * entries)
    )`.execute(db);
  // Random ids don't compress, and of an uncompressed value PostgreSQL reads only the part that a query needs.
  await sql`ALTER TABLE queue_lotteries ALTER COLUMN user_ids SET STORAGE EXTERNAL`.execute(db);
}

/** Lets an instance that has just started see that Redis has lost a room. Rows are updated in place every few seconds. */
async function rooms(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE queue_rooms (
      event_id uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
      -- All by the clock of Redis, in ms since 1970: when the room began, and when it was last alive.
      born bigint NOT NULL,
      kept bigint NOT NULL,
      seq bigint NOT NULL,
      inside integer NOT NULL,
      line boolean NOT NULL
    ) WITH (fillfactor = 50)`.execute(db);
}
