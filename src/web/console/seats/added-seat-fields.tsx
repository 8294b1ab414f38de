import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { Check } from '../forms/check.tsx';
import type { SeatDraft, SeatMistake } from './added-seats.ts';
import { ATTRIBUTES } from './editor-seat.ts';

const t = texts({
  ko: {
    section: '구역',
    row: '열',
    numbers: '좌석 번호',
    price: '가격 (원)',
    numbersHint: '3 또는 3-7, 한 번에 300석까지',
    wrong: {
      section: '구역 이름을 적어 주세요.',
      row: '1 이상의 숫자를 적어 주세요.',
      numbers: '3 또는 3-7처럼 적어 주세요.',
      price: '0원부터 1억 원까지예요.',
    },
    attributes: {
      accessible: '휠체어석',
      companion: '동반석',
      restricted_view: '시야 제한석',
    },
    hints: {
      accessible: '휠체어를 탄 채로 볼 수 있어요.',
      companion: '옆의 휠체어석과 함께만 팔려요.',
      restricted_view: '무대가 다 보이지 않아요.',
    },
  },
  en: {
    section: 'Section',
    row: 'Row',
    numbers: 'Seat numbers',
    price: 'Price (won)',
    numbersHint: '3 or 3-7, up to 300 at once',
    wrong: {
      section: 'Give the name of a section.',
      row: 'A number from 1 on.',
      numbers: 'Such as 3 or 3-7.',
      price: '₩0 to ₩100,000,000.',
    },
    attributes: {
      accessible: 'Wheelchair',
      companion: 'Companion',
      restricted_view: 'Restricted view',
    },
    hints: {
      accessible: 'A place for a wheelchair.',
      companion: 'Sold together with the accessible seat beside it.',
      restricted_view: 'The stage is not seen as a whole.',
    },
  },
});

interface AddedSeatFieldsProps {
  draft: SeatDraft;
  mistakes: Partial<Record<SeatMistake, true>>;
  onChange(draft: SeatDraft): void;
}

export function AddedSeatFields({ draft, mistakes, onChange }: AddedSeatFieldsProps) {
  const text = (name: SeatMistake, hint?: string) => (
    <Field label={t.value[name]} hint={hint} problem={mistakes[name] && t.value.wrong[name]}>
      <input
        maxLength={name === 'section' ? 100 : 15}
        value={draft[name]}
        onInput={({ currentTarget }) => onChange({ ...draft, [name]: currentTarget.value })}
      />
    </Field>
  );
  return (
    <>
      <div class="fields narrow">
        {text('section')}
        {text('row')}
        {text('numbers', t.value.numbersHint)}
        {text('price')}
      </div>
      {ATTRIBUTES.map((name) => (
        <Check
          key={name}
          label={t.value.attributes[name]}
          hint={t.value.hints[name]}
          checked={draft.attributes.includes(name)}
          onChange={(checked) =>
            onChange({
              ...draft,
              attributes: ATTRIBUTES.filter((each) =>
                each === name ? checked : draft.attributes.includes(each),
              ),
            })
          }
        />
      ))}
    </>
  );
}
