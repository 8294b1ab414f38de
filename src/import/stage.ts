import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { Progress } from './progress.ts';
import type { Source, SourceTable } from './source.ts';
import { runFile } from './sql-file.ts';

/** For reservations whose own event was deleted. */
const DELETED_EVENT = '00000000-0000-8000-8000-00000000de1e';

const STAGES: Record<SourceTable, string> = {
  seat_layouts: 'old_halls',
  events: 'old_events',
  ticket_types: 'old_types',
  seats: 'old_seats',
  reservations: 'old_reservations',
  reservation_items: 'old_items',
  keyword_mappings: 'old_keywords',
};

/** Copies the source into temporary tables, so that PostgreSQL can settle everything in statements over whole tables. */
export async function stage(db: Db, source: Source, timezone: string, progress: Progress): Promise<void> {
  // Sorts and joins of a million rows.
  await sql`SET work_mem = '128MB'; SET temp_buffers = '64MB'; SET jit = off`.execute(db);
  await sql`
    SELECT set_config('import.zone', ${timezone}, false), set_config('import.deleted_event', ${DELETED_EVENT}, false)`.execute(
    db,
  );
  // A zone whose offset has been the same since 2000 has no times to doubt, which saves a million reservations 10 s.
  await sql`
    SELECT set_config('import.zone_moves', (count(DISTINCT (month AT TIME ZONE 'UTC') AT TIME ZONE ${timezone} - month) > 1)::text, false)
    FROM generate_series(timestamp '2000-01-15', '2040-01-15', '1 month') AS month`.execute(db);
  await runFile(db, 'stage');
  const tables = Object.keys(STAGES) as SourceTable[];
  const counted = tables.map((table) => `(SELECT count(*) FROM public.${table})`).join(' + ');
  const [total] = await source.query<{ rows: string }>(`SELECT ${counted} AS rows`);
  let done = 0;
  for (const table of tables) {
    const into = sql.ref(STAGES[table]);
    for await (const { json, count } of source.rows(table)) {
      await sql`INSERT INTO ${into} SELECT * FROM json_populate_recordset(NULL::${into}, ${json})`.execute(
        db,
      );
      done += count;
      progress('Read', done, Number(total?.rows));
    }
    await sql`ANALYZE ${into}`.execute(db);
  }
}
