import type { WatchedSeat } from '../../../client/index.ts';

export interface PriceClass {
  price: number;
  sections: string[];
  left: number;
  total: number;
}

/** The seats of a hall by their price, the dearest first. */
export function priceClasses(
  seats: readonly Pick<WatchedSeat, 'price' | 'section' | 'status'>[],
): PriceClass[] {
  const classes = new Map<number, PriceClass & { known: Set<string> }>();
  for (const { price, section, status } of seats) {
    let one = classes.get(price);
    if (!one) {
      one = { price, sections: [], left: 0, total: 0, known: new Set() };
      classes.set(price, one);
    }
    one.total++;
    if (status === 'available') one.left++;
    one.known.add(section);
  }
  return [...classes.values()]
    .map(({ known, ...rest }) => ({ ...rest, sections: [...known] }))
    .sort((one, other) => other.price - one.price);
}
