import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { Changes, EventVersion, SeatChange } from '../../realtime/changes.ts';

/** Reads the seats that a transaction has blocked or released, and the versions of their events, as they are now. */
export async function seatChanges(trx: Db, seatIds: string[]): Promise<Changes[]> {
  if (seatIds.length === 0) return [];
  const { rows } = await sql<EventVersion & { eventId: string; seats: SeatChange[] }>`
    SELECT e.event_id AS "eventId", e.version - 1 AS "from", e.version, e.available AS "availableSeats", s.seats
    FROM (
      SELECT event_id, json_agg(json_build_object('seatId', id, 'status', status, 'version', version)) AS seats
      FROM seats WHERE id = ANY (${seatIds}::uuid[]) GROUP BY event_id
    ) AS s JOIN event_seats e USING (event_id)`.execute(trx);
  return rows.map((row) => ({ ...row, stock: [] }));
}
