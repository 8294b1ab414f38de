import { createHash } from 'node:crypto';
import { type InsertResult, sql, type Transaction } from 'kysely';
import { uuidFromHex, uuidToHex } from '../lib/uuid.ts';
import type { Db } from './database.ts';
import type { Database } from './schema.ts';
import { concerts } from './seed/concerts.ts';
import type { DemoEvent, Moment } from './seed/event.ts';
import { halls } from './seed/halls.ts';
import { keywords } from './seed/keywords.ts';
import { stage } from './seed/stage.ts';
import { venues } from './seed/venues.ts';

type Trx = Transaction<Database>;

/** Rows that the seed added; events also count when they were moved to other dates. */
export interface SeedCounts {
  halls: number;
  events: number;
  ticketTypes: number;
  seats: number;
  keywords: number;
}

const NOTHING: SeedCounts = { halls: 0, events: 0, ticketTypes: 0, seats: 0, keywords: 0 };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Korea has no daylight saving time. */
const KOREA = 9 * HOUR;

const demoEvents: DemoEvent[] = [...concerts, ...stage];

/**
 * Adds the demo data, with dates relative to the day of `now` in Korea. A later run moves the demo events to that day, and keeps
 * their sales and what an operator changed. A database that was imported gets none.
 */
export async function seed(db: Db, now = new Date()): Promise<SeedCounts> {
  // An imported database has events of its own.
  if (await db.selectFrom('imports').select('id').limit(1).executeTakeFirst()) return NOTHING;
  const midnight = Math.floor((now.getTime() + KOREA) / DAY) * DAY - KOREA;
  return await db.transaction().execute(async (trx) => {
    const halls = await seedHalls(trx);
    const events = await seedEvents(trx, midnight);
    const ticketTypes = await seedTicketTypes(trx);
    const seats = await seedSeats(trx);
    return { halls, events, ticketTypes, seats, keywords: await seedKeywords(trx) };
  });
}

/** Sums up the seed in one line for the terminal. */
export function describe({ halls, events, ticketTypes, seats, keywords }: SeedCounts): string {
  if (halls + events + ticketTypes + seats + keywords === 0) return 'Demo data: was up to date';
  return (
    `Demo data: ${events} events added or moved to today; added: ${halls} halls, ${ticketTypes} ticket types, ` +
    `${seats} seats, ${keywords} keyword pairs`
  );
}

async function seedHalls(trx: Trx): Promise<number> {
  const rows = Object.values(halls).map(({ name, description, sections }) => ({
    id: idOf(`hall:${name}`),
    name,
    description,
    total_seats: sections.reduce((sum, section) => sum + section.rows * section.seatsPerRow, 0),
    layout_config: JSON.stringify({ sections }),
  }));
  return affected(
    await trx
      .insertInto('seat_layouts')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

/** Columns that every run updates. The other columns of an event belong to the operator. */
const maintained = [
  'title',
  'description',
  'venue',
  'address',
  'event_date',
  'sale_start_date',
  'sale_end_date',
  'poster_image_url',
  'artist_name',
] as const;

async function seedEvents(trx: Trx, midnight: number): Promise<number> {
  // By name, because a hall of that name may already exist under another id.
  const hallIds = new Map(
    (await trx.selectFrom('seat_layouts').select(['name', 'id']).execute()).map(({ name, id }) => [name, id]),
  );
  const rows = demoEvents.map((event) => {
    const [venue, address] = venues[event.venue];
    const starts = timeOf(event.starts, midnight);
    return {
      id: idOf(`event:${event.key}`),
      title: event.title,
      description: event.about,
      venue,
      address,
      event_date: new Date(starts),
      sale_start_date: new Date(timeOf(event.saleStarts, midnight)),
      sale_end_date: new Date(starts - HOUR),
      // src/demo/posters draws them.
      poster_image_url: `/images/${event.key}.svg`,
      artist_name: event.artist,
      seat_layout_id: typeof event.sells === 'string' ? (hallIds.get(event.sells) ?? null) : null,
      ...(event.status && { status: event.status }),
    };
  });
  const columns = (table: 'events' | 'excluded') =>
    sql.join(maintained.map((column) => sql.ref(`${table}.${column}`)));
  return affected(
    await trx
      .insertInto('events')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet(({ ref }) => ({
            ...Object.fromEntries(maintained.map((column) => [column, ref(`excluded.${column}`)])),
            updated_at: sql<string>`now()`,
          }))
          .where(sql<boolean>`(${columns('events')}) IS DISTINCT FROM (${columns('excluded')})`),
      )
      .execute(),
  );
}

async function seedTicketTypes(trx: Trx): Promise<number> {
  const rows = demoEvents.flatMap(({ key, sells }) =>
    (typeof sells === 'string' ? [] : sells).map(([name, price, quantity, description]) => ({
      id: idOf(`ticket-type:${key}:${name}`),
      event_id: idOf(`event:${key}`),
      name,
      description,
      price,
      total_quantity: quantity,
      available_quantity: quantity,
    })),
  );
  const added = affected(
    await trx
      .insertInto('ticket_types')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  for (const { key, soldOut } of demoEvents) if (soldOut) await sellAll(trx, key);
  return added;
}

/** What is left of a stock follows from its claims, so that a sold-out event has a buyer: one who took everything. */
async function sellAll(trx: Trx, key: string): Promise<void> {
  const types = await trx
    .selectFrom('ticket_types')
    .select(['id', 'price', 'available_quantity as quantity'])
    .where('event_id', '=', idOf(`event:${key}`))
    .where('available_quantity', '>', 0)
    .execute();
  if (types.length === 0) return;
  const id = idOf(`reservation:${key}`);
  const sold = await trx
    .insertInto('reservations')
    .values({
      id,
      reservation_number: `TK${uuidToHex(id).slice(0, 12).toUpperCase()}`,
      user_id: idOf('user:demo'),
      event_id: idOf(`event:${key}`),
      total_amount: types.reduce((sum, { price, quantity }) => sum + price * quantity, 0),
      status: 'confirmed',
      payment_status: 'completed',
      expires_at: sql<string>`now()`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (sold.numInsertedOrUpdatedRows !== 1n) return;
  await trx
    .insertInto('reservation_items')
    .values(
      types.map(({ id: typeId, price, quantity }, index) => ({
        reservation_id: id,
        position: index + 1,
        seat_id: null,
        ticket_type_id: typeId,
        quantity,
        unit_price: price,
      })),
    )
    .execute();
}

/** Adds the seats of the halls in one statement of the database: 13,000 seats would need 90,000 parameters. */
async function seedSeats(trx: Trx): Promise<number> {
  const ids = demoEvents.map(({ key }) => idOf(`event:${key}`));
  const { numAffectedRows } = await sql`
    INSERT INTO seats (id, event_id, section, row_number, seat_number, seat_label, price)
    SELECT
      -- The same id as idOf() makes.
      overlay(overlay(
        left(encode(sha256(convert_to('seat:' || event.id || ':' || label, 'UTF8')), 'hex'), 32)
        PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid,
      event.id, section.name, "row", seat, label, section.price
    FROM events AS event
    JOIN seat_layouts AS hall ON hall.id = event.seat_layout_id
    CROSS JOIN jsonb_to_recordset(hall.layout_config -> 'sections')
      AS section (name text, rows integer, "seatsPerRow" integer, "startRow" integer, price integer)
    CROSS JOIN generate_series(section."startRow", section."startRow" + section.rows - 1) AS "row"
    CROSS JOIN generate_series(1, section."seatsPerRow") AS seat
    CROSS JOIN concat_ws('-', section.name, "row", seat) AS label
    WHERE event.id = ANY(${ids}::uuid[])
    ON CONFLICT DO NOTHING`.execute(trx);
  return Number(numAffectedRows ?? 0);
}

async function seedKeywords(trx: Trx): Promise<number> {
  return affected(
    await trx
      .insertInto('keyword_mappings')
      .values(keywords.map(([korean, english]) => ({ korean, english })))
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

function timeOf([day, time]: Moment, midnight: number): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return midnight + day * DAY + hours * HOUR + minutes * 60_000;
}

/** The same key has the same id on every machine. The id is a UUID of version 8, which RFC 9562 leaves to own schemes. */
function idOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return uuidFromHex(`${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`);
}

function affected(results: InsertResult[]): number {
  return results.reduce((sum, result) => sum + Number(result.numInsertedOrUpdatedRows ?? 0), 0);
}
