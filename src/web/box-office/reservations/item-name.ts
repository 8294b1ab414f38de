import { placeText } from '../hall/seat-texts.ts';
import type { Item } from './state.ts';

/** A seat as people say it, "A 12열 7번". Seats that have names of their own, and tickets, keep them. */
export function itemName({ seatId, section, ticketTypeName }: Item): string {
  if (seatId === null || section === null || !ticketTypeName.startsWith(`${section}-`)) return ticketTypeName;
  const numbers = /^(\d+)-(\d+)$/.exec(ticketTypeName.slice(section.length + 1));
  if (!numbers) return ticketTypeName;
  return placeText({ section, row_number: Number(numbers[1]), seat_number: Number(numbers[2]) });
}
