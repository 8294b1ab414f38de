import type { EditorSeat } from './editor-seat.ts';

/** The ids of the seats that something will be done with. */
export type Selection = ReadonlySet<string>;

type Placed = Pick<EditorSeat, 'id' | 'section' | 'row_number' | 'seat_number'>;

/** Seats that are dragged over join the selection. If all of them are in it already, they leave it. */
export function toggle(selection: Selection, ids: readonly string[]): Selection {
  const next = new Set(selection);
  const leave = ids.every((id) => selection.has(id));
  for (const id of ids) {
    if (leave) next.delete(id);
    else next.add(id);
  }
  return next;
}

export interface Range {
  section: string;
  /** Undefined for all. */
  rows: readonly [number, number] | undefined;
  numbers: readonly [number, number] | undefined;
}

export function seatsInRange<Seat extends Placed>(
  seats: readonly Seat[],
  { section, rows, numbers }: Range,
): Seat[] {
  const isIn = (value: number, range: readonly [number, number] | undefined) =>
    range === undefined || (value >= range[0] && value <= range[1]);
  return seats.filter(
    (seat) => seat.section === section && isIn(seat.row_number, rows) && isIn(seat.seat_number, numbers),
  );
}

/** `3`, `3-7`, or nothing for all. @returns null for a text that is none of them */
export function readRange(text: string): readonly [number, number] | undefined | null {
  if (text.trim() === '') return undefined;
  const match = /^\s*(\d{1,6})\s*(?:[-~–]\s*(\d{1,6})\s*)?$/.exec(text);
  if (!match) return null;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last ? [first, last] : null;
}

/** Seats as a request names them. */
export interface NamedSeats {
  sections?: string[];
  rows?: { section: string; row_number: number }[];
  seat_ids?: string[];
}

/** What one request may name (openapi/schemas.yaml), and what fits in its 64 KiB with room for a reason. */
const MOST = { sections: 100, rows: 500, seat_ids: 1_000 } as const;
const MOST_BYTES = 56_000;

/**
 * Names a selection in as few requests as its limits allow: whole sections and whole rows by their names, and other seats by their ids.
 * Twenty thousand seats of four sections are one request.
 */
export function requestsFor(seats: readonly Placed[], selection: Selection): NamedSeats[] {
  const requests: NamedSeats[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  const add = (kind: keyof typeof MOST, value: unknown) => {
    const size = new TextEncoder().encode(JSON.stringify(value)).length + 1;
    let request = requests.at(-1);
    if (!request || bytes + size > MOST_BYTES || (request[kind]?.length ?? 0) >= MOST[kind]) {
      request = {};
      requests.push(request);
      bytes = 0;
    }
    bytes += size;
    const list = (request[kind] ?? []) as unknown[];
    list.push(value);
    Object.assign(request, { [kind]: list });
  };
  for (const [section, own] of Map.groupBy(seats, (seat) => seat.section)) {
    if (own.every(({ id }) => selection.has(id))) {
      add('sections', section);
      continue;
    }
    for (const [row_number, row] of Map.groupBy(own, (seat) => seat.row_number)) {
      if (row.every(({ id }) => selection.has(id))) add('rows', { section, row_number });
      else for (const { id } of row) if (selection.has(id)) add('seat_ids', id);
    }
  }
  return requests;
}
