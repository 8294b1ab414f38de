import { useState } from 'preact/hooks';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import type { EditorSeat } from './editor-seat.ts';
import { readRange, seatsInRange } from './selection.ts';

const t = texts({
  ko: {
    title: '번호로 고르기',
    section: '구역',
    rows: '열',
    numbers: '좌석 번호',
    all: '전체',
    hint: '3 또는 3-7',
    wrong: '3 또는 3-7처럼 적어 주세요.',
    add: '선택에 더하기',
    none: '그런 좌석이 없어요.',
    found: (seats: string) => `${seats}석을 선택에 더했어요.`,
  },
  en: {
    title: 'Choose by number',
    section: 'Section',
    rows: 'Rows',
    numbers: 'Seat numbers',
    all: 'All',
    hint: '3 or 3-7',
    wrong: 'Such as 3 or 3-7.',
    add: 'Add to the selection',
    none: 'There are no such seats.',
    found: (seats) => `Added ${seats} seats to the selection.`,
  },
});

interface SeatPickerProps {
  seats: readonly EditorSeat[];
  onPick(seats: EditorSeat[]): void;
}

/** Chooses seats without the map: a section, and of it rows and numbers. */
export function SeatPicker({ seats, onPick }: SeatPickerProps) {
  const sections = [...new Set(seats.map((seat) => seat.section))];
  const [section, setSection] = useState(sections[0] ?? '');
  const [rows, setRows] = useState('');
  const [numbers, setNumbers] = useState('');
  const [found, setFound] = useState<number>();
  const [rowRange, numberRange] = [readRange(rows), readRange(numbers)];

  const pick = (event: Event) => {
    event.preventDefault();
    if (rowRange === null || numberRange === null) return;
    const picked = seatsInRange(seats, { section, rows: rowRange, numbers: numberRange });
    setFound(picked.length);
    if (picked.length > 0) onPick(picked);
  };
  return (
    <form class="card stack compact" onSubmit={pick}>
      <h3>{t.value.title}</h3>
      <div class="fields narrow">
        <Field label={t.value.section}>
          <select value={section} onChange={({ currentTarget }) => setSection(currentTarget.value)}>
            {sections.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t.value.rows} problem={rowRange === null ? t.value.wrong : undefined}>
          <input
            placeholder={t.value.all}
            value={rows}
            onInput={({ currentTarget }) => setRows(currentTarget.value)}
          />
        </Field>
        <Field
          label={t.value.numbers}
          hint={t.value.hint}
          problem={numberRange === null ? t.value.wrong : undefined}
        >
          <input
            placeholder={t.value.all}
            value={numbers}
            onInput={({ currentTarget }) => setNumbers(currentTarget.value)}
          />
        </Field>
      </div>
      <div class="row">
        <Button size="small" type="submit">
          {t.value.add}
        </Button>
        <span class="soft small" role="status">
          {found === 0 && t.value.none}
          {found !== undefined && found > 0 && t.value.found(count(found))}
        </span>
      </div>
    </form>
  );
}
