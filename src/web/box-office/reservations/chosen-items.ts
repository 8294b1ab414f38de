import type { Item } from './state.ts';

/** How many of each item are to be cancelled, by the index of the item. */
export type Chosen = Readonly<Record<number, number>>;

type Part = { seatId: string } | { ticketTypeId: string; quantity: number };

/** The part of a reservation to cancel, as the service takes it. */
export function partOf(items: readonly Item[], chosen: Chosen): Part[] {
  return items.flatMap(({ seatId, ticketTypeId }, index): Part[] => {
    const quantity = chosen[index] ?? 0;
    if (quantity === 0) return [];
    return seatId === null ? [{ ticketTypeId: ticketTypeId ?? '', quantity }] : [{ seatId }];
  });
}

/** What the chosen items cost, in won. */
export function priceOf(items: readonly Item[], chosen: Chosen): number {
  return items.reduce((sum, { unitPrice }, index) => sum + unitPrice * (chosen[index] ?? 0), 0);
}

/** Whether nothing would be left. */
export function isWhole(items: readonly Item[], chosen: Chosen): boolean {
  return items.every(({ quantity }, index) => chosen[index] === quantity);
}

export function everything(items: readonly Item[]): Chosen {
  return Object.fromEntries(items.map(({ quantity }, index) => [index, quantity]));
}
