import { useState } from 'preact/hooks';
import type { PriceClass } from '../../hall/look.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';

const t = texts({
  ko: {
    title: '좋은 자리 한 번에 잡기',
    quantity: '매수',
    seats: (seats: number) => `${seats}장`,
    section: '구역',
    anywhere: '어디든',
    price: '가격',
    anyPrice: '상관없음',
    upTo: (price: string) => `${price} 이하`,
    hold: (seats: number) => (seats === 1 ? '좋은 자리 1장' : `좋은 자리 ${seats}장 함께`),
  },
  en: {
    title: 'Get the best seats at once',
    quantity: 'How many',
    seats: (seats) => `${seats}`,
    section: 'Section',
    anywhere: 'Anywhere',
    price: 'Price',
    anyPrice: 'Any',
    upTo: (price) => `Up to ${price}`,
    hold: (seats) => (seats === 1 ? 'Best seat' : `Best ${seats} together`),
  },
});

export interface Wish {
  quantity: number;
  section?: string;
  maxPrice?: number;
}

interface BestTogetherProps {
  limit: number;
  sections: readonly string[];
  classes: readonly PriceClass[];
  busy: boolean;
  onHold(wish: Wish): void;
}

/** The service finds the best seats side by side, and holds them. */
export function BestTogether({ limit, sections, classes, busy, onHold }: BestTogetherProps) {
  const [quantity, setQuantity] = useState(Math.min(2, limit));
  const [section, setSection] = useState('');
  const [maxPrice, setMaxPrice] = useState('');
  return (
    <details class="card best-together">
      <summary>{t.value.title}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onHold({
            quantity,
            ...(section !== '' && { section }),
            ...(maxPrice !== '' && { maxPrice: Number(maxPrice) }),
          });
        }}
      >
        <Field label={t.value.quantity}>
          <select value={quantity} onChange={({ currentTarget }) => setQuantity(Number(currentTarget.value))}>
            {Array.from({ length: limit }, (_, at) => (
              <option key={at} value={at + 1}>
                {t.value.seats(at + 1)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t.value.section}>
          <select value={section} onChange={({ currentTarget }) => setSection(currentTarget.value)}>
            <option value="">{t.value.anywhere}</option>
            {sections.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </Field>
        <Field label={t.value.price}>
          <select value={maxPrice} onChange={({ currentTarget }) => setMaxPrice(currentTarget.value)}>
            <option value="">{t.value.anyPrice}</option>
            {classes.slice(1).map(({ to }) => (
              <option key={to} value={to}>
                {t.value.upTo(won(to))}
              </option>
            ))}
          </select>
        </Field>
        <Button type="submit" look="primary" busy={busy}>
          {t.value.hold(quantity)}
        </Button>
      </form>
    </details>
  );
}
