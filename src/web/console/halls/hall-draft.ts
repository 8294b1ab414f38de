import { draftOfSection, readSection, type Section, type SectionDraft } from './section-draft.ts';

/** A hall as its form holds it. The sections are one value: who changes them has looked at all of them. */
export interface HallDraft {
  name: string;
  description: string;
  sections: readonly SectionDraft[];
}

export interface HallOnService {
  name: string;
  description: string | null;
  layout_config: { sections: readonly Section[] };
}

export function draftOfHall({ name, description, layout_config }: HallOnService): HallDraft {
  return { name, description: description ?? '', sections: layout_config.sections.map(draftOfSection) };
}

/** A small theater, to begin with something that is seen. */
export const exampleHall: HallDraft = {
  name: '',
  description: '',
  sections: [
    { name: 'VIP', rows: '3', seatsPerRow: '12', startRow: '1', price: '150000' },
    { name: 'R', rows: '6', seatsPerRow: '16', startRow: '4', price: '120000' },
  ],
};

/** As texts, for comparing and merging. */
export function flatHall({ name, description, sections }: HallDraft) {
  return { name, description, sections: JSON.stringify(sections.map(readSection)) };
}

export function unflatHall({ name, description, sections }: ReturnType<typeof flatHall>): HallDraft {
  return { name, description, sections: (JSON.parse(sections) as Section[]).map(draftOfSection) };
}
