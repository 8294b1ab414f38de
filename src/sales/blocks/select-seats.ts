import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { invalid } from '../../errors/problem.ts';

/** Seats of an event, as an organizer names them: together they are all that is named. */
export interface Selection {
  seat_ids?: string[];
  rows?: { section: string; row_number: number }[];
  sections?: string[];
}

/** @throws Problem VALIDATION_FAILED if it names nothing */
export function requireSelection({ seat_ids, rows, sections }: Selection): void {
  if (!seat_ids && !rows && !sections) throw invalid('body', 'must name seat_ids, rows or sections');
}

/**
 * Sections are found however their names were typed: those of halls are in NFC, those from SQL as they are.
 *
 * @returns the ids of the seats, in their order; `undefined` if the event lacks one of the seats, rows or sections
 */
export async function selectSeats(
  db: Db,
  eventId: string,
  { seat_ids = [], rows = [], sections = [] }: Selection,
): Promise<string[] | undefined> {
  const spelled = [...rows, ...rows.map((row) => ({ ...row, section: row.section.normalize('NFC') }))];
  const found = await sql<{ id: string; section: string; row_number: number }>`
    SELECT id, section, row_number FROM seats
    WHERE event_id = ${eventId} AND (id = ANY (${seat_ids}::uuid[]) OR section = ANY (${sections.flatMap(spellingsOf)}::text[])
      OR (section, row_number) IN (
        SELECT * FROM unnest(${spelled.map(({ section }) => section)}::text[], ${spelled.map(({ row_number }) => row_number)}::integer[])))
    ORDER BY id`.execute(db);
  const known = new Set<string>();
  for (const { id, section, row_number } of found.rows)
    known.add(id).add(nameOf(section)).add(nameOf(section, row_number));
  const named = [
    ...seat_ids,
    ...sections.map((section) => nameOf(section)),
    ...rows.map(({ section, row_number }) => nameOf(section, row_number)),
  ];
  return named.every((name) => known.has(name)) ? found.rows.map(({ id }) => id) : undefined;
}

export const spellingsOf = (name: string) => [name, name.normalize('NFC')];

const nameOf = (section: string, row?: number) => JSON.stringify([section.normalize('NFC'), row]);
