import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** Seats of one statement. All 100,000 of a large hall took 3 to 5 seconds, and a statement may take 5. */
const AT_ONCE = 20_000;

export async function addSeatsOfHall(trx: Db, eventId: string): Promise<void> {
  for (let from = 0, added = AT_ONCE; added === AT_ONCE; from += AT_ONCE)
    added = await addSeats(trx, eventId, from);
}

/** @returns how many seats of the hall follow after the first `from`, at most AT_ONCE */
async function addSeats(trx: Db, eventId: string, from: number): Promise<number> {
  const to = from + AT_ONCE;
  const { numAffectedRows = 0n } = await sql`
    WITH hall AS MATERIALIZED (
      SELECT h.id, by_seat, layout_config FROM events e JOIN seat_layouts h ON h.id = e.seat_layout_id WHERE e.id = ${eventId}
    ), section AS (
      SELECT name, "startRow", "seatsPerRow", price, rows * "seatsPerRow" AS seats,
        coalesce(sum(rows * "seatsPerRow") OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::integer AS first
      FROM hall CROSS JOIN ROWS FROM (
        jsonb_to_recordset(layout_config -> 'sections')
          AS (name text, rows integer, "seatsPerRow" integer, "startRow" integer, price integer)
      ) WITH ORDINALITY AS s (name, rows, "seatsPerRow", "startRow", price, at)
      WHERE NOT by_seat
    ), seat AS (
      SELECT name, "startRow" + (at - first) / "seatsPerRow" AS "row", (at - first) % "seatsPerRow" + 1 AS seat, price
      FROM section CROSS JOIN generate_series(greatest(first, ${from}), least(first + seats, ${to}) - 1) AS at
    )
    INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price, attributes, x, y)
    SELECT ${eventId}::uuid, name, "row", seat, concat_ws('-', name, "row", seat), price, '{}'::text[], NULL::real, NULL::real FROM seat
    UNION ALL
    SELECT ${eventId}::uuid, section, row_number, seat_number, seat_label, price, attributes, x, y
    FROM hall JOIN layout_seats ON layout_id = hall.id
    WHERE by_seat AND position > ${from} AND position <= ${to}`.execute(trx);
  return Number(numAffectedRows);
}

/** Removes the seats of a draft that were never claimed. */
export async function removeSeats(trx: Db, eventId: string): Promise<void> {
  for (let removed = AT_ONCE; removed === AT_ONCE; ) {
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM seats WHERE id = ANY (ARRAY(SELECT id FROM seats WHERE event_id = ${eventId} LIMIT ${AT_ONCE}))`.execute(
      trx,
    );
    removed = Number(numAffectedRows);
  }
}
