import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useUnsavedWarning } from '../forms/unsaved.ts';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import { CsvHall } from './csv-hall.tsx';
import { exampleHall } from './hall-draft.ts';
import { HallForm } from './hall-form.tsx';
import { mistakesOfSections, readSection } from './section-draft.ts';

const t = texts({
  ko: {
    title: '새 배치도',
    how: '만드는 방법',
    sections: '구역으로',
    csv: 'CSV 파일로',
    create: '배치도 만들기',
    back: '취소',
    made: '배치도를 만들었어요.',
    name: '이름을 한 줄로 적어 주세요.',
  },
  en: {
    title: 'New hall',
    how: 'How to make it',
    sections: 'By sections',
    csv: 'From a CSV file',
    create: 'Create the hall',
    back: 'Cancel',
    made: 'The hall is there.',
    name: 'Give it a name of one line.',
  },
});

export function NewHall() {
  const [how, setHow] = useState<'sections' | 'csv'>('sections');
  const { route } = useLocation();
  useTitle(t.value.title);
  const finish = (id: string) => {
    say(t.value.made);
    route(`/console/halls/${id}`, true);
  };
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <fieldset class="row chips" aria-label={t.value.how}>
        {(['sections', 'csv'] as const).map((each) => (
          <label key={each} class="chip">
            <input type="radio" name="how" checked={each === how} onChange={() => setHow(each)} />
            {t.value[each]}
          </label>
        ))}
      </fieldset>
      {how === 'sections' ? <BySections onDone={finish} /> : <CsvHall onDone={finish} />}
    </div>
  );
}

function BySections({ onDone }: { onDone(id: string): void }) {
  const [draft, setDraft] = useState(exampleHall);
  const [tried, setTried] = useState(false);
  const { busy, wrong, run, forgive } = useAction();
  useUnsavedWarning(draft !== exampleHall);
  const mistakes = mistakesOfSections(draft.sections);
  const isNameless = draft.name.trim() === '';
  const create = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isNameless || Object.keys(mistakes).length > 0) return focusFirstWrong();
    const { name, description, sections } = draft;
    const body = {
      name: name.trim(),
      ...(description.trim() !== '' && { description: description.trim() }),
      sections: sections.map(readSection),
    };
    void run(body, async (once) => onDone((await tiketi().createLayout(body, once)).layout.id));
  };
  return (
    <form class="card stack" noValidate onSubmit={create}>
      <HallForm
        draft={draft}
        mistakes={tried ? mistakes : {}}
        nameProblem={(tried && isNameless) || 'name' in wrong ? t.value.name : undefined}
        onChange={(next) => {
          setDraft(next);
          forgive();
        }}
      />
      <div class="save-bar">
        <Button look="primary" type="submit" busy={busy}>
          {t.value.create}
        </Button>
        <LinkButton href="/console/halls">{t.value.back}</LinkButton>
      </div>
    </form>
  );
}
