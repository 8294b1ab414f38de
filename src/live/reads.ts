import { setImmediate as nextTurn } from 'node:timers/promises';
import { arrayOf, statement } from '../database/statements.ts';
import { type NotedChanges, seatsIn, stockIn } from './noted-changes.ts';
import type { Snapshot, Step, StockOfVersion } from './picture.ts';
import type { Query } from './query.ts';
import { type ColumnTexts, SeatColumns } from './seat-columns.ts';
import type { StatusCode } from './types.ts';

const statements = {
  event: statement(new URL('./sql/event.sql', import.meta.url)),
  missed: statement(new URL('./sql/missed.sql', import.meta.url)),
  versions: statement(new URL('./sql/versions.sql', import.meta.url)),
};

/** A gap of more versions is read as a whole event: it has about as many changed seats as a large hall has seats. */
const MISSED_AT_MOST = 1_000;

interface EventRow extends ColumnTexts {
  version: number;
  layout: number;
  statuses: string;
  versions: string;
  stock: StockOfVersion[];
}

/**
 * @param known the layout that the caller has, which is not read again
 * @returns `undefined` for an unknown event
 */
export async function readEvent(
  query: Query,
  eventId: string,
  known?: SeatColumns,
): Promise<Snapshot | undefined> {
  const { rows } = await query<EventRow>(statements.event([eventId, known?.number ?? 0]));
  const [row] = rows;
  if (!row) return undefined;
  const { version, stock } = row;
  const layout = known?.number === row.layout ? known : await SeatColumns.parse(row.layout, row);
  const seatVersions = Uint32Array.from(JSON.parse(row.versions) as number[]);
  await nextTurn();
  const statuses = new Uint8Array(row.statuses.length);
  for (let index = 0; index < statuses.length; index++) statuses[index] = row.statuses.charCodeAt(index) - 48;
  return { version, layout, statuses, seatVersions, stock };
}

/** What an event's versions changed, by ids. */
export interface Missed {
  version: number;
  layout: number;
  /** `undefined` if it is not known any more, or too much to read. */
  changes?: {
    seats: { seatId: string; status: StatusCode; version: number }[];
    stock: Step['stock'];
  };
}

interface MissedRow extends Omit<NotedChanges, 'seat_ids'> {
  version: number;
  layout: number;
  /** None in a row that stands for no step. */
  seat_ids: string[] | null;
  hidden_types: string[];
}

/** @returns what changed after a version; `undefined` for an unknown event */
export async function readMissed(query: Query, eventId: string, since: number): Promise<Missed | undefined> {
  const { rows } = await query<MissedRow>(statements.missed([eventId, since, MISSED_AT_MOST]));
  const [first] = rows;
  if (!first) return undefined;
  const { version, layout } = first;
  const steps = rows.filter((row): row is MissedRow & NotedChanges => row.seat_ids !== null);
  if (steps.length !== version - since) return { version, layout };
  const seats = steps.flatMap((step) => seatsIn(step));
  const stock = steps.flatMap((step) => stockIn(step, first.hidden_types));
  return { version, layout, changes: { seats, stock } };
}

export async function readVersions(query: Query, eventIds: string[]): Promise<Map<string, number>> {
  const { rows } = await query<{ event_id: string; version: number }>(
    statements.versions([arrayOf(eventIds, (id) => id)]),
  );
  return new Map(rows.map(({ event_id, version }) => [event_id, version]));
}
