import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { Progress } from './progress.ts';
import { MARKED } from './rules.ts';
import { runFile } from './sql-file.ts';

/** Rows of one statement: enough that its triggers cost little, and few enough that the progress moves. */
const BATCH_ROWS = 5_000;
const BLOCK_REASON = '이전 서비스에서 판매됨 / Imported: sold elsewhere';

interface Chunk {
  chunk: number;
  first_seat: number | null;
  last_seat: number | null;
  first_reservation: number | null;
  last_reservation: number | null;
}

/**
 * Writes the rows that are not here yet. A run that is interrupted leaves whole events, and the next one writes the others.
 *
 * @param chunkRows rows of small events that share a transaction
 */
export async function write(db: Db, chunkRows: number, progress: Progress): Promise<void> {
  await sql`SELECT set_config('import.chunk_rows', ${String(chunkRows)}, false)`.execute(db);
  await runFile(db, 'todo');
  await writeHalls(db);
  const { rows: chunks } = await sql<Chunk>`SELECT * FROM todo_chunks ORDER BY chunk`.execute(db);
  const total =
    Math.max(0, ...chunks.map(({ last_seat }) => last_seat ?? 0)) +
    Math.max(0, ...chunks.map(({ last_reservation }) => last_reservation ?? 0));
  let done = 0;
  const wrote = (rows: number) => {
    done += rows;
    progress('Write', done, total);
  };
  for (const chunk of chunks) await db.transaction().execute((trx) => writeChunk(trx, chunk, wrote));
}

async function writeHalls(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`
      INSERT INTO seat_layouts (id, name, description, total_seats, layout_config, created_at, updated_at)
      SELECT id, name, description, total_seats, layout_config, created_at, updated_at FROM new_halls WHERE NOT already`.execute(
      trx,
    );
    // The statement alone would have every instance read the pairs again.
    const { rows: pairs } = await sql`SELECT FROM new_keywords WHERE NOT already LIMIT 1`.execute(trx);
    if (pairs.length === 0) return;
    await sql`
      INSERT INTO keyword_mappings (korean, english) SELECT korean, english FROM new_keywords WHERE NOT already`.execute(
      trx,
    );
  });
}

/** Claims come after what they claim. The triggers of the schema derive everything else, as in a sale. */
async function writeChunk(trx: Db, chunk: Chunk, wrote: (rows: number) => void): Promise<void> {
  const inChunk = sql`IN (SELECT id FROM todo_events WHERE chunk = ${chunk.chunk})`;
  await sql`
    INSERT INTO events (id, title, description, venue, address, event_date, sale_start_date, sale_end_date, poster_image_url, status,
      seat_layout_id, artist_name, pre_scaled, created_by, created_at, updated_at, timezone)
    SELECT id, title, description, venue, address, event_date, sale_start_date, sale_end_date, poster_image_url, status,
      seat_layout_id, artist_name, pre_scaled, created_by, created_at, updated_at, current_setting('import.zone')
    FROM new_events WHERE NOT already AND id ${inChunk}`.execute(trx);
  await sql`
    INSERT INTO ticket_types (id, event_id, name, description, price, total_quantity, available_quantity, hidden)
    SELECT id, event_id, name, description, price, total, total, hidden FROM new_types
    WHERE NOT already AND event_id ${inChunk}`.execute(trx);
  await sql`
    UPDATE ticket_types k SET total_quantity = t.total FROM new_types t
    WHERE t.id = k.id AND t.already AND t.total > k.total_quantity AND t.event_id ${inChunk}`.execute(trx);
  await inBatches(
    chunk.first_seat,
    chunk.last_seat,
    async (range) => {
      await sql`
      INSERT INTO seats (id, event_id, section, row_number, seat_number, seat_label, price)
      SELECT id, event_id, section, row_number, seat_number, seat_label, price FROM todo_seats WHERE ${range}`.execute(
        trx,
      );
    },
    wrote,
  );
  await block(trx, chunk);
  await inBatches(chunk.first_reservation, chunk.last_reservation, (range) => reserve(trx, range), wrote);
  await mark(trx, inChunk);
}

/** One block an event: an organizer finds and releases them together. */
async function block(trx: Db, { chunk }: Chunk): Promise<void> {
  const blocked = sql`FROM todo_seats WHERE chunk = ${chunk} AND blocked`;
  await sql`
    INSERT INTO seat_blocks (id, event_id, reason)
    SELECT gen_random_uuid(), event_id, ${BLOCK_REASON} ${blocked} GROUP BY event_id`.execute(trx);
  await sql`
    INSERT INTO blocked_seats (seat_id, block_id)
    SELECT s.id, b.id FROM (SELECT id, event_id ${blocked}) AS s
    JOIN seat_blocks b ON b.event_id = s.event_id AND b.created_at = now() AND b.reason = ${BLOCK_REASON}`.execute(
    trx,
  );
}

async function reserve(trx: Db, range: ReturnType<typeof sql>): Promise<void> {
  await sql`
    INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, status, payment_status, payment_method,
      expires_at, created_at, updated_at, paid_at, confirmed_at, refund_due, refunded_at)
    SELECT id, number, user_id, event_id, total, status, payment, payment_method, expires_at, created_at, updated_at,
      -- The service before noted no times of payments. A refund came after its payment.
      CASE payment WHEN 'completed' THEN updated_at WHEN 'refunded' THEN created_at END,
      CASE WHEN status = 'confirmed' THEN updated_at END, due,
      CASE payment WHEN 'refunded' THEN updated_at END
    FROM todo_reservations WHERE ${range}`.execute(trx);
  const items = (live: boolean) => sql`
    INSERT INTO reservation_items (reservation_id, position, seat_id, ticket_type_id, quantity, unit_price, released_at)
    SELECT reservation_id, position, seat_id, ticket_type_id, quantity, unit_price, ${live ? sql`NULL` : sql`updated_at`}
    FROM todo_items WHERE ${range} AND live = ${live}`;
  await items(true).execute(trx);
  await sql`SET LOCAL tiketi.past_claims = 'on'`.execute(trx);
  await items(false).execute(trx);
  await sql`SET LOCAL tiketi.past_claims = 'off'`.execute(trx);
}

/** The rows that a person should look at are in the audit log, as they were and as they are. */
async function mark(trx: Db, inChunk: ReturnType<typeof sql>): Promise<void> {
  const object = (column: 'was' | 'becomes') => sql`
    CASE WHEN jsonb_typeof(${sql.ref(column)}) = 'object' THEN ${sql.ref(column)}
      WHEN ${sql.ref(column)} IS NOT NULL THEN jsonb_build_object('value', ${sql.ref(column)}) END`;
  await sql`
    INSERT INTO audit_log (actor_role, action, entity_id, event_id, reason, before, after)
    SELECT 'system', CASE entity WHEN 'events' THEN 'event.import' WHEN 'ticket_types' THEN 'ticket_type.import' ELSE 'reservation.import' END,
      coalesce(was ->> 'reservation_id', id), event_id, rule, ${object('was')}, ${object('becomes')}
    FROM findings WHERE rule = ANY (${MARKED}::text[]) AND event_id ${inChunk}`.execute(trx);
}

async function inBatches(
  first: number | null,
  last: number | null,
  work: (range: ReturnType<typeof sql>) => Promise<void>,
  wrote: (rows: number) => void,
): Promise<void> {
  if (first === null || last === null) return;
  for (let from = first; from <= last; from += BATCH_ROWS) {
    const to = Math.min(from + BATCH_ROWS - 1, last);
    await work(sql`n BETWEEN ${from} AND ${to}`);
    wrote(to - from + 1);
  }
}
