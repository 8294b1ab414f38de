import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { idOf } from './chosen-items.ts';
import { itemName } from './item-name.ts';
import type { Item } from './state.ts';

const t = texts({
  ko: { total: '합계', free: '무료', each: (price: string, quantity: string) => `${price} × ${quantity}매` },
  en: { total: 'Total', free: 'Free', each: (price, quantity) => `${price} × ${quantity}` },
});

interface ItemListProps {
  title: string;
  items: readonly Item[];
  /** Without it, there is no line for the total. */
  total?: number;
}

/** Seats or tickets with their prices. */
export function ItemList({ title, items, total }: ItemListProps) {
  return (
    <section class="stack items">
      <h2>{title}</h2>
      <ul>
        {items.map((item) => (
          <li key={idOf(item)}>
            <span>
              {itemName(item)}
              {item.section !== null && !item.ticketTypeName.startsWith(item.section) && (
                <span class="soft"> {item.section}</span>
              )}
              {item.seatId === null && (
                <span class="soft number"> {t.value.each(won(item.unitPrice), count(item.quantity))}</span>
              )}
            </span>
            <span class="number">{won(item.subtotal)}</span>
          </li>
        ))}
      </ul>
      {total !== undefined && (
        <p class="total">
          <span>{t.value.total}</span>
          <strong class="number">{total === 0 ? t.value.free : won(total)}</strong>
        </p>
      )}
    </section>
  );
}
