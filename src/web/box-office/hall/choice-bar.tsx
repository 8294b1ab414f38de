import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { placeText } from './seat-texts.ts';
import type { Choice } from './use-choice.ts';

const t = texts({
  ko: {
    none: (limit: number) => `최대 ${limit}석 선택 가능`,
    sum: (seats: number) => `${seats}석`,
    label: '선택한 좌석',
    remove: (seat: string) => `${seat} 선택 해제`,
    clear: '모두 해제',
    book: '예매하기',
  },
  en: {
    none: (limit) => `Choose up to ${limit} seats.`,
    sum: (seats) => `${count(seats)} ${seats === 1 ? 'seat' : 'seats'}`,
    label: 'Chosen seats',
    remove: (seat) => `Remove ${seat}`,
    clear: 'Remove all',
    book: 'Book',
  },
});

interface ChoiceBarProps {
  choice: Choice;
  limit: number;
  busy: boolean;
  onBook(): void;
}

/** The chosen seats and their price, at the bottom of the window. */
export function ChoiceBar({ choice, limit, busy, onBook }: ChoiceBarProps) {
  const { seats } = choice;
  const total = seats.reduce((sum, { price }) => sum + price, 0);
  return (
    <section class="choice-bar" aria-label={t.value.label}>
      {seats.length > 0 && (
        <div class="row choice-seats">
          <ul class="row">
            {seats.map((seat) => (
              <li key={seat.id}>
                <button
                  type="button"
                  class="choice-seat"
                  aria-label={t.value.remove(placeText(seat))}
                  onClick={() => choice.toggle(seat)}
                >
                  {placeText(seat)} <span aria-hidden="true">×</span>
                </button>
              </li>
            ))}
          </ul>
          <Button look="plain" size="small" disabled={busy} onClick={choice.clear}>
            {t.value.clear}
          </Button>
        </div>
      )}
      <div class="choice-sum">
        <p role="status" class="number">
          {seats.length === 0 ? (
            <span class="soft">{t.value.none(limit)}</span>
          ) : (
            <>
              {t.value.sum(seats.length)} <strong>{won(total)}</strong>
            </>
          )}
        </p>
        <Button look="primary" busy={busy} disabled={seats.length === 0} onClick={onBook}>
          {t.value.book}
        </Button>
      </div>
    </section>
  );
}
