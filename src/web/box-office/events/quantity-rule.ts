import { texts } from '../../shared/language.ts';
import type { TicketType } from '../../shared/types.ts';

const t = texts({
  ko: {
    from: (n: number) => `${n}매부터`,
    upTo: (n: number) => `한 번에 ${n}매까지`,
    by: (n: number) => `${n}매 단위`,
  },
  en: {
    from: (n) => `from ${n}`,
    upTo: (n) => `up to ${n} at once`,
    by: (n) => `in steps of ${n}`,
  },
});

/** Which quantities of a type there are, or nothing if any. */
export function quantityRule({ min_quantity, max_quantity, quantity_step }: TicketType): string {
  return [
    min_quantity > 1 && t.value.from(min_quantity),
    quantity_step > 1 && t.value.by(quantity_step),
    max_quantity !== null && t.value.upTo(max_quantity),
  ]
    .filter(Boolean)
    .join(' · ');
}
