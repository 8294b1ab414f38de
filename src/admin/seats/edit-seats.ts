import { sql } from 'kysely';
import type { AddedSeat, AddedSection } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import { spellingsOf } from '../../sales/blocks/select-seats.ts';

/** The most in one call: PostgreSQL adds so many within a second. */
export const ADDED_AT_ONCE = 10_000;
export const SEATS_OF_EVENT = 100_000;
/** Seats of one statement, so that a hall of 50,000 stays within its time limit. */
const PRICED_AT_ONCE = 5_000;

export interface Place extends Omit<AddedSeat, 'seat_label' | 'attributes' | 'x' | 'y'> {
  seat_label: string;
  attributes: string[];
  x: number | null;
  y: number | null;
}

export async function layoutOf(trx: Db, eventId: string): Promise<number> {
  const { layout } = await trx
    .selectFrom('event_seats')
    .select('layout')
    .where('event_id', '=', eventId)
    .executeTakeFirstOrThrow();
  return layout;
}

/**
 * Sets the price of seats. What is held or sold keeps the price of its reservation. The layout of the event grows once, with the last
 * statement: until then buyers of other seats don't wait.
 *
 * @returns how many seats had another price, and how many had which
 */
export async function setPrices(
  trx: Db,
  eventId: string,
  seatIds: string[],
  price: number,
): Promise<{ changed: number; before: Record<number, number> }> {
  const { rows } = await sql<{ id: string; price: number }>`
    SELECT id, price FROM seats WHERE id = ANY (${seatIds}::uuid[]) AND price <> ${price}
    ORDER BY id FOR NO KEY UPDATE`.execute(trx);
  const ids = rows.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += PRICED_AT_ONCE) {
    const isLast = from + PRICED_AT_ONCE >= ids.length;
    // What layout_changed of migration 0007 remembers as done.
    const raised = isLast ? sql`''` : sql`${eventId}::text || '/' || pg_current_xact_id()`;
    await sql`SELECT set_config('tiketi.raised_layout', ${raised}, true)`.execute(trx);
    await sql`UPDATE seats SET price = ${price} WHERE id = ANY (${ids.slice(from, from + PRICED_AT_ONCE)}::uuid[])`.execute(
      trx,
    );
  }
  const before: Record<number, number> = {};
  for (const row of rows) before[row.price] = (before[row.price] ?? 0) + 1;
  return { changed: ids.length, before };
}

/** The seats of a section, row by row. Rows are counted through the hall, from `startRow` on. */
export function placesOf({ name, rows, seatsPerRow, startRow, price }: AddedSection): Place[] {
  return Array.from({ length: rows * seatsPerRow }, (_, index) => {
    const row = startRow + Math.floor(index / seatsPerRow);
    const number = (index % seatsPerRow) + 1;
    return placeOf({ section: name, row_number: row, seat_number: number, price });
  });
}

/** Texts are stored in NFC, as those of halls. */
export function placeOf({ section: name, seat_label, attributes = [], x, y, ...seat }: AddedSeat): Place {
  const section = name.normalize('NFC');
  const label = seat_label?.normalize('NFC') ?? `${section}-${seat.row_number}-${seat.seat_number}`;
  return { ...seat, section, seat_label: label, attributes, x: x ?? null, y: y ?? null };
}

/**
 * Adds seats to an event whose row is locked, so that no other edit adds the same.
 *
 * @returns SEAT_EXISTS, and adds none, if one of the places has a seat or is named twice
 */
export async function addSeats(
  trx: Db,
  eventId: string,
  places: Place[],
): Promise<'SEAT_EXISTS' | undefined> {
  const place = sql`json_to_recordset(${JSON.stringify(places)}) AS p (
    section text, row_number integer, seat_number integer, seat_label text, price integer, attributes text[], x real, y real)`;
  const { rows } = await sql`
    SELECT FROM ${place} GROUP BY section, row_number, seat_number HAVING count(*) > 1
    UNION ALL
    SELECT FROM ${place} JOIN seats s USING (section, row_number, seat_number) WHERE s.event_id = ${eventId}
    LIMIT 1`.execute(trx);
  if (rows.length > 0) return 'SEAT_EXISTS';
  await sql`
    INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price, attributes, x, y)
    SELECT ${eventId}, section, row_number, seat_number, seat_label, price, attributes, x, y FROM ${place}`.execute(
    trx,
  );
  return undefined;
}

/**
 * Removes the seats of a section that were never claimed: the history of a reservation keeps its seats. Those that are blocked leave their
 * blocks.
 *
 * @returns how many there were
 * @throws Problem SEAT_NOT_FOUND, SECTION_IN_USE
 */
export async function removeSection(trx: Db, eventId: string, section: string): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM seats WHERE event_id = ${eventId} AND section = ANY (${spellingsOf(section)}::text[]) ORDER BY id FOR UPDATE`.execute(
    trx,
  );
  if (rows.length === 0) throw new Problem('SEAT_NOT_FOUND');
  const ids = rows.map(({ id }) => id);
  const claimed = await sql`
    SELECT FROM reservation_items WHERE seat_id = ANY (${ids}::uuid[]) LIMIT 1`.execute(trx);
  if (claimed.rows.length > 0) throw new Problem('SECTION_IN_USE');
  await sql`DELETE FROM seats WHERE id = ANY (${ids}::uuid[])`.execute(trx);
  return ids.length;
}
