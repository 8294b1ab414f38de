import type { SeatAttribute } from '../../../client/index.ts';
import type { EditorSeat } from './editor-seat.ts';
import { readRange } from './selection.ts';

/** Seats of one row as the inputs of their form hold them. */
export interface SeatDraft {
  section: string;
  row: string;
  numbers: string;
  price: string;
  attributes: readonly SeatAttribute[];
}

export type SeatMistake = 'section' | 'row' | 'numbers' | 'price';

/** As many as fit in a request. */
const MOST_AT_ONCE = 300;

export function emptySeatDraft(known: readonly EditorSeat[]): SeatDraft {
  const last = known.at(-1);
  return {
    section: last?.section ?? '',
    row: `${last?.row_number ?? 1}`,
    numbers: '',
    price: `${last?.price ?? ''}`,
    attributes: [],
  };
}

const isWhole = (text: string, min: number, max: number) =>
  /^\d{1,9}$/.test(text.trim()) && Number(text) >= min && Number(text) <= max;

export function mistakesOfSeats(draft: SeatDraft): Partial<Record<SeatMistake, true>> {
  const mistakes: Partial<Record<SeatMistake, true>> = {};
  if (draft.section.trim() === '') mistakes.section = true;
  if (!isWhole(draft.row, 1, 100_000)) mistakes.row = true;
  const range = readRange(draft.numbers);
  if (!range || range[0] < 1 || range[1] > 100_000 || range[1] - range[0] >= MOST_AT_ONCE)
    mistakes.numbers = true;
  if (!isWhole(draft.price, 0, 100_000_000)) mistakes.price = true;
  return mistakes;
}

/** @param draft without mistakes */
export function readSeatDraft({ section, row, numbers, price, attributes }: SeatDraft) {
  const [first, last] = readRange(numbers) as readonly [number, number];
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    section: section.trim().normalize('NFC'),
    row_number: Number(row),
    seat_number: first + at,
    price: Number(price),
    ...(attributes.length > 0 && { attributes: [...attributes] }),
  }));
}
