import type { FoundReservation, TiketiClient } from '../../../client/index.ts';

type Item = FoundReservation['items'][number];
type Parts = NonNullable<Parameters<TiketiClient['cancelForBuyer']>[0]['items']>;

/** How many of an item the buyer still has. */
export function leftOf({ quantity, cancelled_quantity, released_at }: Item): number {
  return released_at === null ? quantity - cancelled_quantity : 0;
}

/** How many of each item are to be cancelled, by its position. */
export type Chosen = Readonly<Record<number, number>>;

export function everything(items: Item[]): Chosen {
  return Object.fromEntries(items.map((item) => [item.position, leftOf(item)]));
}

export function amountOf(items: Item[], chosen: Chosen): number {
  return items.reduce((sum, { position, unit_price }) => sum + (chosen[position] ?? 0) * unit_price, 0);
}

/** @returns undefined for all that is left, which cancels the whole reservation */
export function partsOf(items: Item[], chosen: Chosen): Parts | undefined {
  if (items.every((item) => chosen[item.position] === leftOf(item))) return undefined;
  return items.flatMap(({ position, seat_id, ticket_type_id }): Parts => {
    const quantity = chosen[position] ?? 0;
    if (quantity === 0) return [];
    if (seat_id !== null) return [{ seatId: seat_id }];
    return ticket_type_id === null ? [] : [{ ticketTypeId: ticket_type_id, quantity }];
  });
}
