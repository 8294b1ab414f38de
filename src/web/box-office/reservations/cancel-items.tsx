import { useId } from 'preact/hooks';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { type Chosen, chosenOf, idOf } from './chosen-items.ts';
import { itemName } from './item-name.ts';
import type { Item } from './state.ts';

const t = texts({
  ko: {
    legend: '취소할 좌석·티켓',
    quantity: (name: string) => `${name} 취소 수량`,
    pieces: (n: number) => `${n}매`,
  },
  en: {
    legend: 'Seats and tickets to cancel',
    quantity: (name) => `How many of ${name}`,
    pieces: (n) => `${n}`,
  },
});

interface CancelItemsProps {
  items: readonly Item[];
  chosen: Chosen;
  onChoose(chosen: Chosen): void;
}

/** A box for each seat, and a number for each kind of ticket. */
export function CancelItems({ items, chosen, onChoose }: CancelItemsProps) {
  const id = useId();
  const choose = (item: Item, quantity: number) => onChoose({ ...chosen, [idOf(item)]: quantity });
  return (
    <fieldset class="cancel-items">
      <legend class="visually-hidden">{t.value.legend}</legend>
      {items.map((item) => (
        <label key={idOf(item)} for={`${id}-${idOf(item)}`}>
          {item.quantity === 1 ? (
            <input
              id={`${id}-${idOf(item)}`}
              type="checkbox"
              checked={chosenOf(item, chosen) === 1}
              onChange={({ currentTarget }) => choose(item, currentTarget.checked ? 1 : 0)}
            />
          ) : (
            <select
              id={`${id}-${idOf(item)}`}
              aria-label={t.value.quantity(itemName(item))}
              value={chosenOf(item, chosen)}
              onChange={({ currentTarget }) => choose(item, Number(currentTarget.value))}
            >
              {Array.from({ length: item.quantity + 1 }, (_, number) => (
                <option key={number} value={number}>
                  {t.value.pieces(number)}
                </option>
              ))}
            </select>
          )}
          <span>{itemName(item)}</span>
          <span class="number soft">{won(item.unitPrice)}</span>
        </label>
      ))}
    </fieldset>
  );
}
