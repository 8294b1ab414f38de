import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import {
  moved,
  nextSection,
  SECTION_FIELDS,
  type SectionDraft,
  type SectionField,
  type SectionMistake,
  type SectionMistakes,
} from './section-draft.ts';

const t = texts({
  ko: {
    caption: '구역',
    name: '구역 이름',
    rows: '열 수',
    seatsPerRow: '열당 좌석',
    startRow: '첫 열 번호',
    price: '가격 (원)',
    of: (field: string, section: number) => `${section}번째 구역 ${field}`,
    up: (name: string) => `${name} 위로`,
    down: (name: string) => `${name} 아래로`,
    remove: (name: string) => `${name} 지우기`,
    add: '구역 추가',
    nameless: (section: number) => `${section}번째 구역`,
  },
  en: {
    caption: 'Sections',
    name: 'Section',
    rows: 'Rows',
    seatsPerRow: 'Seats per row',
    startRow: 'First row',
    price: 'Price (won)',
    of: (field, section) => `${field} of section ${section}`,
    up: (name) => `Move ${name} up`,
    down: (name) => `Move ${name} down`,
    remove: (name) => `Remove ${name}`,
    add: 'Add a section',
    nameless: (section) => `section ${section}`,
  },
});

const mistakeTexts = texts<Record<SectionMistake, string>>({
  ko: {
    name: '이름을 50자까지 적어 주세요.',
    number: '1 이상의 숫자를 적어 주세요.',
    price: '0원부터 1억 원까지예요.',
    rows_twice: '같은 이름의 구역과 열이 겹쳐요.',
  },
  en: {
    name: 'Give it a name of up to 50 characters.',
    number: 'A number from 1 on.',
    price: '₩0 to ₩100,000,000.',
    rows_twice: 'Another section of this name has one of these rows.',
  },
});

interface SectionsTableProps {
  sections: readonly SectionDraft[];
  mistakes: SectionMistakes;
  onChange(sections: SectionDraft[]): void;
}

/** Sections line by line. The order is that of the hall. */
export function SectionsTable({ sections, mistakes, onChange }: SectionsTableProps) {
  const set = (index: number, name: SectionField, value: string) =>
    onChange(sections.map((section, at) => (at === index ? { ...section, [name]: value } : section)));
  return (
    <div class="stack">
      <ol class="sections" aria-label={t.value.caption}>
        <li class="section-head" aria-hidden="true">
          {SECTION_FIELDS.map((name) => (
            <span key={name}>{t.value[name]}</span>
          ))}
          <span />
        </li>
        {sections.map((section, index) => {
          const title = section.name.trim() || t.value.nameless(index + 1);
          const wrong = SECTION_FIELDS.map((name) => mistakes[index]?.[name]).find(Boolean);
          return (
            // A line has no identity but its place.
            <li key={index} class="section-line">
              {SECTION_FIELDS.map((name) => (
                <span key={name} data-field={name}>
                  <span class="cell-label" aria-hidden="true">
                    {t.value[name]}
                  </span>
                  <input
                    aria-label={t.value.of(t.value[name], index + 1)}
                    aria-invalid={mistakes[index]?.[name] !== undefined}
                    aria-describedby={wrong && `section-${index}-wrong`}
                    inputMode={name === 'name' ? undefined : 'numeric'}
                    maxLength={name === 'name' ? 50 : 9}
                    value={section[name]}
                    onInput={({ currentTarget }) => set(index, name, currentTarget.value)}
                  />
                </span>
              ))}
              <span class="row line-actions">
                <Button
                  size="small"
                  disabled={index === 0}
                  aria-label={t.value.up(title)}
                  onClick={() => onChange(moved(sections, index, -1))}
                >
                  ↑
                </Button>
                <Button
                  size="small"
                  disabled={index === sections.length - 1}
                  aria-label={t.value.down(title)}
                  onClick={() => onChange(moved(sections, index, 1))}
                >
                  ↓
                </Button>
                <Button
                  size="small"
                  look="plain"
                  disabled={sections.length === 1}
                  aria-label={t.value.remove(title)}
                  onClick={() => onChange(sections.filter((_, at) => at !== index))}
                >
                  ✕
                </Button>
              </span>
              {wrong && (
                <span class="wrong" id={`section-${index}-wrong`}>
                  {mistakeTexts.value[wrong]}
                </span>
              )}
            </li>
          );
        })}
      </ol>
      <div>
        <Button size="small" onClick={() => onChange([...sections, nextSection(sections.at(-1))])}>
          + {t.value.add}
        </Button>
      </div>
    </div>
  );
}
