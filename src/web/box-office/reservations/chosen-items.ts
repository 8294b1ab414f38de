import type { Item } from './state.ts';

/** How many of each item are to be cancelled, by the id of its seat or ticket type. Another tab may cancel items meanwhile. */
export type Chosen = Readonly<Record<string, number>>;

export function idOf({ seatId, ticketTypeId }: Item): string {
  return seatId ?? ticketTypeId ?? '';
}

/** How many of an item are to be cancelled, of those that are left. */
export function chosenOf(item: Item, chosen: Chosen): number {
  return Math.min(chosen[idOf(item)] ?? 0, item.quantity);
}

type Part = { seatId: string } | { ticketTypeId: string; quantity: number };

/** The part of a reservation to cancel, as the service takes it. */
export function partOf(items: readonly Item[], chosen: Chosen): Part[] {
  return items.flatMap((item): Part[] => {
    const quantity = chosenOf(item, chosen);
    if (quantity === 0) return [];
    return item.seatId === null ? [{ ticketTypeId: idOf(item), quantity }] : [{ seatId: item.seatId }];
  });
}

/** What the chosen items cost, in won. */
export function priceOf(items: readonly Item[], chosen: Chosen): number {
  return items.reduce((sum, item) => sum + item.unitPrice * chosenOf(item, chosen), 0);
}

/** Whether nothing would be left. */
export function isWhole(items: readonly Item[], chosen: Chosen): boolean {
  return items.every((item) => chosenOf(item, chosen) === item.quantity);
}

export function everything(items: readonly Item[]): Chosen {
  return Object.fromEntries(items.map((item) => [idOf(item), item.quantity]));
}
