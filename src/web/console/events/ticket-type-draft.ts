import type { Answer } from '../../shared/types.ts';
import { fromLocalTime, toLocalTime } from '../forms/zoned-time.ts';

export type TicketType = Answer<'getOrganizerTicketType'>['ticket_type'];

const NUMBERS = ['price', 'total_quantity', 'min_quantity', 'max_quantity', 'quantity_step'] as const;
const TIMES = ['sale_start_date', 'sale_end_date'] as const;

const TICKET_FIELDS = ['name', 'description', ...NUMBERS, ...TIMES, 'hidden'] as const;
export type TicketField = (typeof TICKET_FIELDS)[number];

/** A ticket type as the inputs of its form hold it. */
export type TicketDraft = Record<TicketField, string>;

const isOneOf = <Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name);

export function draftOfTicketType(type: TicketType, timezone: string): TicketDraft {
  const entries = TICKET_FIELDS.map((name) => {
    if (isOneOf(TIMES, name)) return [name, toLocalTime(type[name], timezone)];
    if (name === 'hidden') return [name, type.hidden ? 'yes' : ''];
    return [name, String(type[name] ?? '')];
  });
  return Object.fromEntries(entries) as TicketDraft;
}

export const emptyTicketDraft: TicketDraft = {
  name: '',
  description: '',
  price: '',
  total_quantity: '',
  min_quantity: '1',
  max_quantity: '',
  quantity_step: '1',
  sale_start_date: '',
  sale_end_date: '',
  hidden: '',
};

export type TicketMistake =
  | 'required'
  | 'price'
  | 'total'
  | 'claimed'
  | 'quantity'
  | 'max'
  | 'skipped'
  | 'order';

const isWhole = (text: string, min: number, max: number) =>
  /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;

/** @param claimed how many tickets are held or sold already */
export function mistakesOfTicketType(
  draft: TicketDraft,
  timezone: string,
  claimed = 0,
): Partial<Record<TicketField, TicketMistake>> {
  const mistakes: Partial<Record<TicketField, TicketMistake>> = {};
  if (draft.name.trim() === '') mistakes.name = 'required';
  if (!isWhole(draft.price, 0, 100_000_000)) mistakes.price = 'price';
  if (!isWhole(draft.total_quantity, 0, 1_000_000)) mistakes.total_quantity = 'total';
  else if (Number(draft.total_quantity) < claimed) mistakes.total_quantity = 'claimed';
  if (!isWhole(draft.min_quantity, 1, 100)) mistakes.min_quantity = 'quantity';
  if (!isWhole(draft.quantity_step, 1, 100)) mistakes.quantity_step = 'quantity';
  if (draft.max_quantity !== '' && !isWhole(draft.max_quantity, 1, 100)) mistakes.max_quantity = 'quantity';
  else if (draft.max_quantity !== '' && Number(draft.max_quantity) < Number(draft.min_quantity))
    mistakes.max_quantity = 'max';
  const [start, end] = TIMES.map((name) => {
    const instant = fromLocalTime(draft[name], timezone);
    if (draft[name] !== '' && instant === undefined) mistakes[name] = 'skipped';
    return instant;
  });
  if (start !== undefined && end !== undefined && start >= end) mistakes.sale_end_date = 'order';
  return mistakes;
}

/**
 * The values that the form changes, or all that are given for a new type.
 *
 * @param draft without mistakes
 */
export function valuesOfTicketType(draft: TicketDraft, timezone: string, before?: TicketDraft) {
  const sent = TICKET_FIELDS.filter((name) =>
    before === undefined ? draft[name] !== '' : draft[name] !== before[name],
  );
  return Object.fromEntries(sent.map((name) => [name, readField(draft, name, timezone)])) as {
    name: string;
    price: number;
    total_quantity: number;
  };
}

function readField(draft: TicketDraft, name: TicketField, timezone: string): unknown {
  const text = draft[name].trim();
  if (name === 'hidden') return text === 'yes';
  if (text === '') return null;
  if (isOneOf(TIMES, name)) return fromLocalTime(text, timezone);
  return isOneOf(NUMBERS, name) ? Number(text) : text;
}

/**
 * The positions that move a type by one place. Types may share a position, so that more than two may have to change.
 *
 * @param types in their order
 * @returns the types whose position changes, with the new one
 */
export function moves<Type extends Pick<TicketType, 'id' | 'position'>>(
  types: readonly Type[],
  id: string,
  by: -1 | 1,
): { type: Type; position: number }[] {
  const from = types.findIndex((type) => type.id === id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= types.length) return [];
  const order = [...types];
  order.splice(to, 0, ...order.splice(from, 1));
  return order
    .map((type, position) => ({ type, position }))
    .filter(({ type, position }) => type.position !== position);
}
