import { CompiledQuery } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { SeatStatus } from '../../database/schema.ts';
import { arrayOf, type Statement, statement } from '../../database/statements.ts';
import type { Changes } from '../../realtime/changes.ts';

/** By their codes in `event_changes`: see migration 0009. */
const STATUSES: SeatStatus[] = ['available', 'locked', 'reserved', 'blocked'];

const changes = statement<ChangedRow>(new URL('./sql/changes.sql', import.meta.url));

interface ChangedRow {
  event_id: string;
  version: number;
  available: number;
  seat_ids: string[];
  seat_statuses: number[];
  seat_versions: number[];
  ticket_type_ids: string[];
  available_quantities: number[];
  total_quantities: number[];
  stock_versions: number[];
  hidden_types: string[];
}

/** What the transaction has changed in events so far. */
export async function changesIn(trx: Db, eventIds: Iterable<string>): Promise<Changes[]> {
  const { text, values } = changesStatement(eventIds);
  const { rows } = await trx.executeQuery<ChangedRow>(CompiledQuery.raw(text, values));
  return toChanges(rows);
}

/** The statement for it. */
export function changesStatement(eventIds: Iterable<string>): Statement<ChangedRow> {
  return changes([arrayOf([...new Set(eventIds)], (id) => id)]);
}

/** What the statement found. */
export function toChanges(rows: ChangedRow[]): Changes[] {
  return rows.map((row) => ({
    eventId: row.event_id,
    from: row.version - 1,
    version: row.version,
    availableSeats: row.available,
    seats: row.seat_ids.map((seatId, at) => ({
      seatId,
      status: STATUSES[row.seat_statuses[at] as number] as SeatStatus,
      version: row.seat_versions[at] as number,
    })),
    stock: row.ticket_type_ids
      .map((ticketTypeId, at) => ({
        ticketTypeId,
        availableQuantity: row.available_quantities[at] as number,
        totalQuantity: row.total_quantities[at] as number,
        version: row.stock_versions[at] as number,
      }))
      .filter(({ ticketTypeId }) => !row.hidden_types.includes(ticketTypeId)),
  }));
}
