import { CompiledQuery } from 'kysely';
import type { Db } from '../../database/database.ts';
import { arrayOf, type Statement, statement } from '../../database/statements.ts';
import { type NotedChanges, seatsIn, stockIn } from '../../live/noted-changes.ts';
import { STATUSES } from '../../live/types.ts';
import type { Changes } from '../../realtime/changes.ts';

const changes = statement<ChangedRow>(new URL('./sql/changes.sql', import.meta.url));

interface ChangedRow extends NotedChanges {
  event_id: string;
  version: number;
  available: number;
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
    seats: seatsIn(row).map((seat) => ({ ...seat, status: STATUSES[seat.status] })),
    stock: stockIn(row, row.hidden_types),
  }));
}
