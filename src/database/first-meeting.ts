import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { Database } from './schema.ts';

/** The tables and views of our migrations. The compiler compares the names with `schema.ts`. */
const RELATIONS = Object.keys({
  audit_log: true,
  blocked_seats: true,
  catalogue_changes: true,
  event_cancellations: true,
  event_changes: true,
  event_listing: true,
  posters: true,
  poster_images: true,
  event_seats: true,
  events: true,
  idempotency_keys: true,
  imports: true,
  keyword_mappings: true,
  outbox: true,
  outbox_state: true,
  outbox_wanted: true,
  layout_seats: true,
  queue_lotteries: true,
  queue_rooms: true,
  queue_settings: true,
  refunds: true,
  reservation_items: true,
  reservations: true,
  seat_blocks: true,
  seat_layouts: true,
  seats: true,
  sold_out_events: true,
  ticket_types: true,
  webhook_deliveries: true,
  webhooks: true,
} satisfies Record<keyof Database, true>);

const ANOTHER_DATABASE = 'Nothing was written to it. Set DB_NAME to an empty database';
const EXISTING_SERVICE =
  'and run npm run import -- --from <the address of this database> --timezone <the zone of its times>: they are of the existing Tiketi service';

/** The database isn't what this build expects. The message goes on after "can't be used: ". */
export class SchemaError extends Error {}

export interface SchemaState {
  /** Our migrations that the database lacks, in their order. */
  pending: string[];
  /** Migrations of a newer build that the database has. */
  newer: string[];
}

/**
 * Compares the database with the migrations of this build, and writes nothing. Another application may have tables of the same
 * names: those of the existing Tiketi service are ours, word for word.
 *
 * @param known the names of this build's migrations, in their order
 * @throws SchemaError if the database isn't empty and isn't ours, or lacks what its records say
 */
export async function inspectSchema(db: Db, known: string[]): Promise<SchemaState> {
  const [applied, relations] = [await appliedMigrations(db), await relationsIn(db)];
  const ours = applied.filter((name) => known.includes(name));
  if (ours.length === 0 && relations.length > 0) {
    const names = relations.join(', ');
    const advice = (await isExistingService(db))
      ? `${ANOTHER_DATABASE} ${EXISTING_SERVICE}`
      : ANOTHER_DATABASE;
    throw new SchemaError(`it has tables of another application under our names: ${names}. ${advice}`);
  }
  if (ours.length === 0 && applied.length > 0) {
    throw new SchemaError(`it has the migrations of another application: ${applied[0]}. ${ANOTHER_DATABASE}`);
  }
  const pending = known.filter((name) => !ours.includes(name));
  const newer = applied.filter((name) => !known.includes(name));
  // Migrations build on each other, so one that was left out can't be applied after the later ones.
  const skipped = pending.filter((name) => name < (applied.at(-1) ?? ''));
  const gone = pending.length > 0 ? [] : RELATIONS.filter((name) => !relations.includes(name));
  const lacks = [...skipped, ...gone].join(', ');
  if (lacks && newer.length > 0) {
    throw new SchemaError(
      `another build made it: it has ${newer.join(', ')} and lacks ${lacks}. Start that build`,
    );
  }
  if (lacks) {
    throw new SchemaError(
      `it records its migrations up to ${ours.at(-1)}, but lacks ${lacks}. Restore a backup`,
    );
  }
  return { pending, newer };
}

/** The recorded names, sorted; none if there is no table of records. */
async function appliedMigrations(db: Db): Promise<string[]> {
  const table = sql`to_regclass(quote_ident(current_schema()) || '.kysely_migration')`;
  const { rows } = await sql<{ found: boolean }>`SELECT ${table} IS NOT NULL AS found`.execute(db);
  if (!rows[0]?.found) return [];
  const recorded = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db);
  return recorded.rows.map(({ name }) => name).sort();
}

/** By columns that ours have under other names, or not at all. */
async function isExistingService(db: Db): Promise<boolean> {
  const { rows } = await sql<{ columns: number }>`
    SELECT count(*) AS columns FROM information_schema.columns
    WHERE table_schema = current_schema() AND (table_name, column_name) IN
      (('reservation_items', 'subtotal'), ('reservations', 'reservation_number'), ('keyword_mappings', 'entity_type'))`.execute(
    db,
  );
  return rows[0]?.columns === 3;
}

async function relationsIn(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
      AND relname = ANY(${RELATIONS}::text[])
    ORDER BY relname`.execute(db);
  return rows.map(({ name }) => name);
}
