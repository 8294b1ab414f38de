import { type Kysely, sql } from 'kysely';

/** An event may set how long a silent user keeps a place in line. NULL means the default. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE queue_settings
    ADD COLUMN waiting_ttl_seconds integer CHECK (waiting_ttl_seconds BETWEEN 60 AND 7200)`.execute(db);
  // How many ms the room outlived its last contact at least. NULL in rows that a build before this one wrote.
  await sql`ALTER TABLE queue_rooms ADD COLUMN ttl integer`.execute(db);
}
