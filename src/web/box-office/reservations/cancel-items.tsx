import { useId } from 'preact/hooks';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Chosen } from './chosen-items.ts';
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
  const choose = (index: number, quantity: number) => onChoose({ ...chosen, [index]: quantity });
  return (
    <fieldset class="cancel-items">
      <legend class="visually-hidden">{t.value.legend}</legend>
      {items.map(({ seatId, ticketTypeId, ticketTypeName, quantity, unitPrice }, index) => (
        <label key={seatId ?? ticketTypeId} for={`${id}-${index}`}>
          {quantity === 1 ? (
            <input
              id={`${id}-${index}`}
              type="checkbox"
              checked={chosen[index] === 1}
              onChange={({ currentTarget }) => choose(index, currentTarget.checked ? 1 : 0)}
            />
          ) : (
            <select
              id={`${id}-${index}`}
              aria-label={t.value.quantity(ticketTypeName)}
              value={chosen[index] ?? 0}
              onChange={({ currentTarget }) => choose(index, Number(currentTarget.value))}
            >
              {Array.from({ length: quantity + 1 }, (_, number) => (
                <option key={number} value={number}>
                  {t.value.pieces(number)}
                </option>
              ))}
            </select>
          )}
          <span>{ticketTypeName}</span>
          <span class="number soft">{won(unitPrice)}</span>
        </label>
      ))}
    </fieldset>
  );
}
