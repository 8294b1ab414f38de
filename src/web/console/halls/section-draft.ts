import type { HallSeat } from '../../hall/hall-seat.ts';

export const SECTION_FIELDS = ['name', 'rows', 'seatsPerRow', 'startRow', 'price'] as const;
export type SectionField = (typeof SECTION_FIELDS)[number];

/** A section as the inputs of its line hold it. */
export type SectionDraft = Record<SectionField, string>;

export interface Section {
  name: string;
  rows: number;
  seatsPerRow: number;
  startRow: number;
  price: number;
}

/** What the service takes for a hall (openapi/schemas.yaml, NewSection), and for the sections that are added to an event. */
export interface SectionLimits {
  rows: number;
  startRow: number;
  seats: number;
}
const HALL_LIMITS: SectionLimits = { rows: 10_000, startRow: 90_000, seats: 100_000 };
export const EVENT_LIMITS: SectionLimits = { rows: 1_000, startRow: 10_000, seats: 10_000 };

const MAX_PRICE = 100_000_000;

export type SectionMistake = 'name' | 'number' | 'price' | 'rows_twice';
/** A section by its index, and its fields. */
export type SectionMistakes = Record<number, Partial<Record<SectionField, SectionMistake>>>;

const isWhole = (text: string, min: number, max: number) =>
  /^\d{1,9}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max;

export function draftOfSection({ name, rows, seatsPerRow, startRow, price }: Section): SectionDraft {
  return {
    name,
    rows: `${rows}`,
    seatsPerRow: `${seatsPerRow}`,
    startRow: `${startRow}`,
    price: `${price}`,
  };
}

/** A section behind the last one, with rows as long as its. */
export function nextSection(last: SectionDraft | undefined): SectionDraft {
  const startRow = Number(last?.startRow ?? 1) + Number(last?.rows ?? 0);
  return {
    name: '',
    rows: last?.rows ?? '3',
    seatsPerRow: last?.seatsPerRow ?? '10',
    startRow: Number.isInteger(startRow) ? `${startRow}` : '1',
    price: last?.price ?? '',
  };
}

export function readSection(draft: SectionDraft): Section {
  return {
    name: draft.name.trim().normalize('NFC'),
    rows: Number(draft.rows),
    seatsPerRow: Number(draft.seatsPerRow),
    startRow: Number(draft.startRow),
    price: Number(draft.price),
  };
}

/** The mistakes in sections that the form finds by itself: wrong values, and rows that two sections of one name share. */
export function mistakesOfSections(
  drafts: readonly SectionDraft[],
  limits: SectionLimits = HALL_LIMITS,
): SectionMistakes {
  const mistakes: SectionMistakes = {};
  drafts.forEach((draft, index) => {
    const found: Partial<Record<SectionField, SectionMistake>> = {};
    const name = draft.name.trim();
    if (name === '' || name.length > 50) found.name = 'name';
    if (!isWhole(draft.rows, 1, limits.rows)) found.rows = 'number';
    if (!isWhole(draft.seatsPerRow, 1, limits.rows)) found.seatsPerRow = 'number';
    if (!isWhole(draft.startRow, 1, limits.startRow)) found.startRow = 'number';
    if (!isWhole(draft.price, 0, MAX_PRICE)) found.price = 'price';
    const own = readSection(draft);
    const overlaps = drafts.slice(0, index).some((other) => {
      const earlier = readSection(other);
      return (
        earlier.name === own.name &&
        earlier.startRow < own.startRow + own.rows &&
        own.startRow < earlier.startRow + earlier.rows
      );
    });
    if (!found.startRow && overlaps) found.startRow = 'rows_twice';
    if (Object.keys(found).length > 0) mistakes[index] = found;
  });
  return mistakes;
}

export function seatCount(sections: readonly Section[]): number {
  return sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0);
}

/** The seats that the service makes from sections, for a picture of the hall. Lines that can't be read yet are left out. */
export function seatsOfSections(
  drafts: readonly SectionDraft[],
  limits: SectionLimits = HALL_LIMITS,
): HallSeat[] {
  const mistakes = mistakesOfSections(drafts, limits);
  // While a name or a price is being typed, the seats stay in the picture.
  const isReadable = (index: number) =>
    !mistakes[index] ||
    !(['rows', 'seatsPerRow', 'startRow'] as const).some((name) => mistakes[index]?.[name]);
  const sections = drafts.filter((_, index) => isReadable(index)).map(readSection);
  if (seatCount(sections) > limits.seats) return [];
  return sections.flatMap(({ name, rows, seatsPerRow, startRow, price }) =>
    Array.from({ length: rows * seatsPerRow }, (_, at) => ({
      section: name,
      row_number: startRow + Math.floor(at / seatsPerRow),
      seat_number: (at % seatsPerRow) + 1,
      price: Number.isFinite(price) ? price : 0,
    })),
  );
}

/** `VIP 3×10, R 8×10` */
export function sectionsText(sections: readonly Section[]): string {
  return sections.map(({ name, rows, seatsPerRow }) => `${name} ${rows}×${seatsPerRow}`).join(', ');
}

export function moved<Item>(items: readonly Item[], from: number, by: -1 | 1): Item[] {
  const order = [...items];
  order.splice(from + by, 0, ...order.splice(from, 1));
  return order;
}
