import { sql } from 'kysely';
import type { Place as ListedPlace, OrganizerLayout } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Place, Places } from './places.ts';

/** Seats in one statement, which takes about 100 ms. */
const WRITTEN_TOGETHER = 5_000;

function layoutsIn(db: Db) {
  return db
    .selectFrom('seat_layouts')
    .select([
      'id',
      'name',
      'description',
      'total_seats',
      'by_seat',
      'layout_config',
      'created_by',
      'created_at',
      'updated_at',
      'revision',
    ]);
}

/**
 * @param lock keeps the hall as it is, and events from getting it, until the transaction ends
 * @throws Problem LAYOUT_NOT_FOUND
 */
export async function getLayout(db: Db, layoutId: string, lock = false): Promise<OrganizerLayout> {
  const query = layoutsIn(db).where('id', '=', layoutId);
  const layout = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (!layout) throw new Problem('LAYOUT_NOT_FOUND');
  return layout;
}

/** In the order of their names. @param after the last hall of the page before */
export async function listLayouts(db: Db, limit: number, after: string | undefined) {
  let query = layoutsIn(db);
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(name, id) > (SELECT last.name, last.id FROM seat_layouts last WHERE last.id = ${after})`,
    );
  const rows = await query
    .orderBy('name')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return { layouts: rows.slice(0, limit), more: rows.length > limit };
}

/** @param after the position of the last seat of the page before */
export async function listSeats(db: Db, layoutId: string, limit: number, after: number) {
  const rows: ListedPlace[] = await db
    .selectFrom('layout_seats')
    .select([
      'position',
      'section',
      'row_number as row',
      'seat_number as number',
      'seat_label as label',
      'price',
      'x',
      'y',
      'attributes',
    ])
    .where('layout_id', '=', layoutId)
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  const seats = rows.slice(0, limit);
  return { seats, next: rows.length > limit ? (seats.at(-1)?.position ?? null) : null };
}

/** Columns of a hall that follow from its seats. */
export const columnsOf = ({ total, sections, seats }: Places) => ({
  total_seats: total,
  by_seat: seats !== undefined,
  layout_config: JSON.stringify({ sections }),
});

/** Writes the seats of a hall in pieces, so that other requests have their turn between. */
export async function addSeats(trx: Db, layoutId: string, seats: readonly Place[]): Promise<void> {
  for (let from = 0; from < seats.length; from += WRITTEN_TOGETHER) {
    const piece = JSON.stringify(seats.slice(from, from + WRITTEN_TOGETHER));
    await sql`
      INSERT INTO layout_seats (layout_id, position, section, row_number, seat_number, seat_label, price, attributes, x, y)
      SELECT ${layoutId}, ${from}::integer + s.at, s.section, s.row, s.number, s.label, s.price, s.attributes, s.x, s.y
      FROM ROWS FROM (json_to_recordset(${piece}::json) AS (section text, row integer, number integer, label text, price integer,
        attributes text[], x real, y real)) WITH ORDINALITY AS s (section, row, number, label, price, attributes, x, y, at)`.execute(
      trx,
    );
  }
}
