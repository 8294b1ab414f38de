import { useState } from 'preact/hooks';
import type { WatchedSeat } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';

const t = texts({
  ko: { label: '좌석 번호', hint: '예: R-4-7', find: '찾기', unknown: '이 번호의 좌석이 없어요.' },
  en: { label: 'Seat', hint: 'For example R-4-7', find: 'Find', unknown: 'There is no seat with this name.' },
});

interface FindSeatProps {
  seats: readonly WatchedSeat[];
  onFind(seat: WatchedSeat): void;
}

/** Finds a seat by its label, for someone who names it on the phone. */
export function FindSeat({ seats, onFind }: FindSeatProps) {
  const [text, setText] = useState('');
  const [isUnknown, setUnknown] = useState(false);
  return (
    <form
      class="find-seat"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim().toLowerCase();
        const found = seats.find(({ seat_label }) => seat_label.toLowerCase() === wanted);
        if (found) onFind(found);
        setUnknown(!found);
      }}
    >
      <Field label={t.value.label} hint={t.value.hint} problem={isUnknown ? t.value.unknown : undefined}>
        <input
          required
          autoComplete="off"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setUnknown(false);
          }}
        />
      </Field>
      <Button type="submit">{t.value.find}</Button>
    </form>
  );
}
