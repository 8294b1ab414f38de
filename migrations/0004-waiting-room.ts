import { type Kysely, sql } from 'kysely';

/**
 * What an operator says of the waiting room of an event, the lottery at its opening, and the last that was seen of it.
 * Who waits stands in Redis.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await settings(db);
  await lotteries(db);
  await rooms(db);
}

/** Null is the default. Every instance asks again and again for the rows that changed. */
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

/** The hash is derived, so that no seed can be published that is not the one which was announced. */
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
  // Ids can't be compressed, and of what is stored plainly PostgreSQL reads only the part that is asked for.
  await sql`ALTER TABLE queue_lotteries ALTER COLUMN user_ids SET STORAGE EXTERNAL`.execute(db);
}

/** So that an instance that has just started can tell that Redis has lost a room. Written every few seconds, in its place. */
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
