import { useMemo } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { nearestSeats } from './nearest-seats.ts';
import { placeText } from './seat-texts.ts';
import type { Choice } from './use-choice.ts';

const t = texts({
  ko: {
    gone: (seats: string) => `아쉽게도 ${seats} 좌석은 방금 다른 분이 먼저 선택했어요.`,
    near: (seats: string) => `가장 가까운 빈 좌석은 ${seats}이에요.`,
    none: '가까운 빈 좌석이 없어요. 다른 좌석을 골라 주세요.',
    take: '이 좌석으로 바꾸기',
    no: '직접 고를게요',
  },
  en: {
    gone: (seats) => `Sorry, another buyer has just taken ${seats}.`,
    near: (seats) => `The nearest free: ${seats}.`,
    none: 'No similar seat is free nearby. Please choose another one.',
    take: 'Take this instead',
    no: 'I will choose myself',
  },
});

interface AlternativeProps {
  seats: readonly WatchedSeat[];
  choice: Choice;
  /** Shows the seats on the map. */
  onTake(seats: readonly WatchedSeat[]): void;
}

/** After others took chosen seats: says so, and offers the nearest free ones. */
export function Alternative({ seats, choice, onTake }: AlternativeProps) {
  const { gone } = choice;
  const offered = useMemo(
    () => (gone.length > 0 ? nearestSeats(seats, gone, choice.seats) : []),
    [seats, gone, choice.seats],
  );
  if (gone.length === 0) return null;
  const listed = offered.map((seat) => `${placeText(seat)} (${won(seat.price)})`).join(', ');
  return (
    <Notice tone="warn">
      <p>
        {t.value.gone(gone.map(placeText).join(', '))}{' '}
        {offered.length > 0 ? t.value.near(listed) : t.value.none}
      </p>
      <div class="row">
        {offered.length > 0 && (
          <Button
            look="primary"
            size="small"
            onClick={() => {
              choice.add(offered);
              onTake(offered);
            }}
          >
            {t.value.take}
          </Button>
        )}
        <Button look="plain" size="small" onClick={choice.forgetGone}>
          {t.value.no}
        </Button>
      </div>
    </Notice>
  );
}
