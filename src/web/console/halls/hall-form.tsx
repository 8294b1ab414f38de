import { useMemo } from 'preact/hooks';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import type { HallDraft } from './hall-draft.ts';
import { HallPreview } from './hall-preview.tsx';
import { readSection, type SectionMistakes, seatCount, seatsOfSections } from './section-draft.ts';
import { SectionsTable } from './sections-table.tsx';

const t = texts({
  ko: {
    name: '이름',
    nameHint: '다른 배치도와 겹치지 않는 이름이에요.',
    description: '설명',
    sections: '구역',
    total: (seats: string, amount: string) => `모두 ${seats}석, 다 팔리면 ${amount}`,
    tooMany: '배치도 하나에 100,000석까지 넣을 수 있어요.',
  },
  en: {
    name: 'Name',
    nameHint: 'No other hall has this name.',
    description: 'Description',
    sections: 'Sections',
    total: (seats, amount) => `${seats} seats, ${amount} if all are sold`,
    tooMany: 'A hall has at most 100,000 seats.',
  },
});

interface HallFormProps {
  draft: HallDraft;
  mistakes: SectionMistakes;
  nameProblem: string | undefined;
  onChange(draft: HallDraft): void;
}

/** A hall by sections, and beside it what it looks like. */
export function HallForm({ draft, mistakes, nameProblem, onChange }: HallFormProps) {
  const seats = useMemo(() => seatsOfSections(draft.sections), [draft.sections]);
  const total = seatCount(draft.sections.map(readSection));
  return (
    <div class="hall-editor">
      <div class="stack">
        <HallNames draft={draft} nameProblem={nameProblem} onChange={onChange} />
        <h2>{t.value.sections}</h2>
        <SectionsTable
          sections={draft.sections}
          mistakes={mistakes}
          onChange={(sections) => onChange({ ...draft, sections })}
        />
        {total > 100_000 ? (
          <p class="wrong-file" role="alert">
            {t.value.tooMany}
          </p>
        ) : (
          <p class="soft number" role="status">
            {t.value.total(count(seats.length), won(seats.reduce((sum, { price }) => sum + price, 0)))}
          </p>
        )}
      </div>
      <HallPreview seats={seats} />
    </div>
  );
}

export function HallNames<Names extends Pick<HallDraft, 'name' | 'description'>>({
  draft,
  nameProblem,
  onChange,
}: {
  draft: Names;
  nameProblem: string | undefined;
  onChange(draft: Names): void;
}) {
  return (
    <div class="fields">
      <Field label={t.value.name} hint={t.value.nameHint} problem={nameProblem}>
        <input
          maxLength={200}
          required
          value={draft.name}
          onInput={({ currentTarget }) => onChange({ ...draft, name: currentTarget.value })}
        />
      </Field>
      <Field label={t.value.description}>
        <input
          maxLength={1_000}
          value={draft.description}
          onInput={({ currentTarget }) => onChange({ ...draft, description: currentTarget.value })}
        />
      </Field>
    </div>
  );
}
