import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NewPlace, NewSection } from '../../contract/schemas.ts';
import type { LayoutSection } from '../../database/schema.ts';
import { Problem } from '../../errors/problem.ts';

export const MAX_SEATS = 100_000;
const MAX_SECTIONS = 500;
const MAX_PRICE = 100_000_000;
const MAX_COORDINATE = 1_000_000;
/** What an answer lists of all mistakes. */
const MAX_DETAILS = 1_000;
/** Seats that are checked before other requests have their turn again: about 5 ms. */
const CHECKED_TOGETHER = 5_000;

type Detail = { path: string; message: string };

/** A seat of a hall, checked and complete. */
export interface Place {
  section: string;
  row: number;
  number: number;
  label: string;
  price: number;
  x: number | null;
  y: number | null;
  attributes: string[];
}

/** The seats of a hall, and how its sections sum them up. */
export interface Places {
  total: number;
  sections: LayoutSection[];
  /** The seats of a hall that was made seat by seat. */
  seats?: Place[];
}

/** @throws Problem VALIDATION_FAILED with every row that two sections of one name have, or if the seats are too many */
export function placesOfSections(sections: NewSection[]): Places {
  const details: Detail[] = [];
  const seen = new Map<string, { index: number; section: NewSection }[]>();
  for (const [index, section] of sections.entries()) {
    const name = section.name.normalize('NFC');
    const others = seen.get(name) ?? [];
    for (const other of others) {
      const first = Math.max(section.startRow, other.section.startRow);
      const last = Math.min(lastRow(section), lastRow(other.section));
      if (first > last) continue;
      const message = `rows ${first} to ${last} of ${name} are also in body/sections/${other.index}`;
      details.push({ path: `body/sections/${index}`, message });
    }
    seen.set(name, [...others, { index, section }]);
  }
  const total = sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
  if (total > MAX_SEATS)
    details.push({ path: 'body/sections', message: `must not have more than ${MAX_SEATS} seats` });
  refuse(details);
  return {
    total,
    sections: sections.map(({ name, rows, seatsPerRow, startRow, price }) => ({
      name: name.normalize('NFC'),
      rows,
      seatsPerRow,
      startRow,
      price,
    })),
  };
}

const lastRow = ({ startRow, rows }: NewSection) => startRow + rows - 1;

/**
 * Checks seats in pieces, so that 100,000 of them don't keep the event loop.
 *
 * @param pathOf where the seat with an index is in the request
 * @throws Problem VALIDATION_FAILED with every mistake: what is missing, not valid, or there twice
 */
export async function placesOfSeats(
  given: readonly NewPlace[],
  pathOf: (index: number) => string,
): Promise<Places> {
  const details: Detail[] = [];
  const seats: Place[] = [];
  const seen = new Map<string, number>();
  const sections = new Map<string, LayoutSection>();
  for (const [index, place] of given.entries()) {
    if (index % CHECKED_TOGETHER === CHECKED_TOGETHER - 1) await nextTurn();
    const wrong = mistakesOf(place);
    for (const message of wrong) details.push({ path: pathOf(index), message });
    if (wrong.length > 0) continue;
    const seat = complete(place);
    const key = `${seat.section}\n${seat.row}\n${seat.number}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const name = `${seat.section}-${seat.row}-${seat.number}`;
      details.push({ path: pathOf(index), message: `${name} is also in ${pathOf(earlier)}` });
      continue;
    }
    seen.set(key, index);
    seats.push(seat);
    sections.set(seat.section, withSeat(sections.get(seat.section), seat));
  }
  if (sections.size > MAX_SECTIONS)
    details.push({ path: 'body', message: `must not have more than ${MAX_SECTIONS} sections` });
  refuse(details);
  return { total: seats.length, sections: [...sections.values()], seats };
}

function refuse(details: Detail[]): void {
  if (details.length === 0) return;
  const { length } = details;
  const message = `${length} mistakes; the first ${MAX_DETAILS} are listed`;
  const listed =
    length > MAX_DETAILS ? [{ path: 'body', message }, ...details.slice(0, MAX_DETAILS)] : details;
  throw new Problem('VALIDATION_FAILED', { details: listed });
}

function mistakesOf({ section, row, number, label, price, x, y }: NewPlace): string[] {
  const mistakes: string[] = [];
  const name = section?.trim() ?? '';
  if (name === '') mistakes.push('section is missing');
  else if (!isLine(name, 50)) mistakes.push('section must be one line of at most 50 characters');
  for (const [field, value] of [
    ['row', row],
    ['number', number],
  ] as const) {
    if (value === null || value === undefined) mistakes.push(`${field} is missing`);
    else if (!isWhole(value, 1, MAX_SEATS))
      mistakes.push(`${field} must be a whole number, 1 to ${MAX_SEATS}`);
  }
  if (!isLine(label ?? '', 100)) mistakes.push('label must be one line of at most 100 characters');
  if (!isWhole(price ?? 0, 0, MAX_PRICE)) mistakes.push(`price must be a whole number, 0 to ${MAX_PRICE}`);
  if (!isNear(x) || !isNear(y))
    mistakes.push(`x and y must be numbers, -${MAX_COORDINATE} to ${MAX_COORDINATE}`);
  return mistakes;
}

/** PostgreSQL has no text with a NUL character or half a surrogate pair in it. */
const isLine = (text: string, length: number) => text.length <= length && !/[\p{Cc}\p{Cs}]/u.test(text);

const isWhole = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most;

const isNear = (value: number | null | undefined) =>
  value === null || value === undefined || Math.abs(value) <= MAX_COORDINATE;

function complete({ section, row, number, label, price, x, y, attributes }: NewPlace): Place {
  const name = (section as string).trim().normalize('NFC');
  const shown = label?.trim().normalize('NFC');
  return {
    section: name,
    row: row as number,
    number: number as number,
    label: shown || `${name}-${row}-${number}`,
    price: price ?? 0,
    x: x ?? null,
    y: y ?? null,
    attributes: attributes ?? [],
  };
}

/** The rows of a section from the first to the last one, each as long as the longest, for the lowest price. */
function withSeat(known: LayoutSection | undefined, { section, row, number, price }: Place): LayoutSection {
  if (!known) return { name: section, rows: 1, seatsPerRow: number, startRow: row, price };
  const startRow = Math.min(known.startRow, row);
  const last = Math.max(known.startRow + known.rows - 1, row);
  return {
    name: section,
    rows: last - startRow + 1,
    seatsPerRow: Math.max(known.seatsPerRow, number),
    startRow,
    price: Math.min(known.price, price),
  };
}
