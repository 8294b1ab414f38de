import type { EventDetail, TicketType } from '../../shared/types.ts';

/** Chosen quantities by ticket type id. A type that isn't chosen is missing. */
export type Choice = Readonly<Record<string, number>>;

export const sumOf = (choice: Choice) => Object.values(choice).reduce((sum, quantity) => sum + quantity, 0);

export function totalOf(choice: Choice, types: readonly Pick<TicketType, 'id' | 'price'>[]): number {
  return types.reduce((sum, { id, price }) => sum + price * (choice[id] ?? 0), 0);
}

/** The most tickets of all types together. The service also counts what the buyer has already. */
export function limitOf({ limits }: Pick<EventDetail, 'limits'>): number {
  return Math.min(limits.max_tickets_per_reservation, limits.max_tickets_per_user);
}

type Rule = Pick<TicketType, 'min_quantity' | 'max_quantity' | 'quantity_step'>;

/** The largest quantity of a type up to `room`: its smallest one and any number of steps. 0 if there is none. */
export function largest(
  { min_quantity: min, max_quantity, quantity_step: step }: Rule,
  room: number,
): number {
  const most = Math.min(max_quantity ?? room, room);
  return most < min ? 0 : min + Math.floor((most - min) / step) * step;
}

/** One step more, or as much as there is room for. */
export function more(rule: Rule, quantity: number, room: number): number {
  const wanted = quantity === 0 ? rule.min_quantity : quantity + rule.quantity_step;
  return Math.min(wanted, largest(rule, room));
}

export function less({ min_quantity, quantity_step }: Rule, quantity: number): number {
  return quantity <= min_quantity ? 0 : quantity - quantity_step;
}

/** The choice as far as the stock still has it, and in the order of the types as far as the limit goes. */
export function fitted(
  choice: Choice,
  types: readonly (Rule & { id: string })[],
  leftOf: (typeId: string) => number,
  limit: number,
): Choice {
  let room = limit;
  const kept: Record<string, number> = {};
  for (const type of types) {
    const wanted = choice[type.id] ?? 0;
    const quantity = wanted === 0 ? 0 : largest(type, Math.min(wanted, leftOf(type.id), room));
    if (quantity === 0) continue;
    kept[type.id] = quantity;
    room -= quantity;
  }
  return kept;
}
