import { useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Conflict } from '../forms/conflict.tsx';
import { changedFields, foreignChanges, merge } from '../forms/merge.ts';
import { useUnsavedWarning } from '../forms/unsaved.ts';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import type { Hall } from './every-hall.ts';
import { draftOfHall, flatHall, type HallDraft, unflatHall } from './hall-draft.ts';
import { HallForm, HallNames } from './hall-form.tsx';
import { mayChange } from './halls-page.tsx';
import { SeatBySeat } from './seat-by-seat.tsx';
import { mistakesOfSections, readSection, type Section, sectionsText } from './section-draft.ts';

const t = texts({
  ko: {
    name: '이름',
    description: '설명',
    sections: '구역',
    save: '저장',
    discard: '되돌리기',
    saved: '저장했어요.',
    unsaved: '저장하지 않은 변경이 있어요.',
    seats: (seats: string) => `${seats}석`,
    stays: '이미 공개한 이벤트의 좌석은 바뀌지 않아요.',
    foreign: '이 배치도는 만든 사람과 관리자만 바꿀 수 있어요.',
    needed: '이름을 한 줄로 적어 주세요.',
  },
  en: {
    name: 'Name',
    description: 'Description',
    sections: 'Sections',
    save: 'Save',
    discard: 'Discard changes',
    saved: 'Saved.',
    unsaved: 'There are unsaved changes.',
    seats: (seats) => `${seats} seats`,
    stays: 'Events that are published already keep their seats.',
    foreign: 'Only its creator and administrators can change this hall.',
    needed: 'Give it a name of one line.',
  },
});

interface Base {
  draft: HallDraft;
  revision: number;
}

const baseOf = (hall: Hall): Base => ({ draft: draftOfHall(hall), revision: hall.revision });

export function ChangeHall({ hall }: { hall: Hall }) {
  const { id, by_seat } = hall;
  const [base, setBase] = useState(() => baseOf(hall));
  const [draft, setDraft] = useState(base.draft);
  const [conflict, setConflict] = useState<Base>();
  const [tried, setTried] = useState(false);
  const { busy, wrong, run, forgive } = useAction();
  const isDirty = changedFields(flatHall(base.draft), flatHall(draft)).length > 0;
  const mistakes = by_seat ? {} : mistakesOfSections(draft.sections);
  const isNameless = draft.name.trim() === '';
  const isOurs = mayChange(hall);
  useTitle(base.draft.name);
  useUnsavedWarning(isDirty);

  function change(next: HallDraft) {
    setDraft(next);
    forgive();
  }
  function save(from: Base, draft: HallDraft) {
    setConflict(undefined);
    setBase(from);
    setDraft(draft);
    const changed = changedFields(flatHall(from.draft), flatHall(draft));
    if (changed.length === 0) return;
    const body = {
      id,
      ...(changed.includes('name') && { name: draft.name.trim() }),
      ...(changed.includes('description') && { description: draft.description.trim() || null }),
      ...(changed.includes('sections') && { sections: draft.sections.map(readSection) }),
    };
    void run(body, async () => {
      try {
        const headers = { 'if-match': `"${from.revision}"` };
        const next = baseOf((await tiketi().changeLayout(body, { headers })).layout);
        setBase(next);
        setDraft(next.draft);
        say(t.value.saved);
      } catch (error) {
        if (!(error instanceof TiketiError && error.code === 'PRECONDITION_FAILED')) throw error;
        setConflict(baseOf((await tiketi().getLayout({ id })).layout));
      }
    });
  }
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isNameless || Object.keys(mistakes).length > 0) focusFirstWrong();
    else save(base, draft);
  };
  const nameProblem = (tried && isNameless) || 'name' in wrong ? t.value.needed : undefined;
  return (
    <div class="stack">
      <h1>{base.draft.name}</h1>
      <p class="soft">
        {t.value.seats(count(hall.total_seats))} · {t.value.stays}
      </p>
      {!isOurs && <Notice>{t.value.foreign}</Notice>}
      <form class="card stack" noValidate onSubmit={submit}>
        <fieldset class="stack" disabled={!isOurs}>
          {by_seat ? (
            <>
              <HallNames draft={draft} nameProblem={nameProblem} onChange={change} />
              <SeatBySeat id={id} />
            </>
          ) : (
            <HallForm
              draft={draft}
              mistakes={tried ? mistakes : {}}
              nameProblem={nameProblem}
              onChange={change}
            />
          )}
        </fieldset>
        {isOurs && (
          <div class="save-bar">
            <Button look="primary" type="submit" busy={busy} disabled={!isDirty}>
              {t.value.save}
            </Button>
            {isDirty && (
              <>
                <Button onClick={() => change(base.draft)}>{t.value.discard}</Button>
                <span class="soft">{t.value.unsaved}</span>
              </>
            )}
          </div>
        )}
      </form>
      {conflict && (
        <Conflict
          changes={foreignChanges(flatHall(base.draft), flatHall(draft), flatHall(conflict.draft))}
          labelOf={(name) => t.value[name]}
          show={(name, value) => (name === 'sections' ? sectionsText(JSON.parse(value) as Section[]) : value)}
          onClose={() => setConflict(undefined)}
          onSave={(taken) => {
            const [old, mine, theirs] = [base.draft, draft, conflict.draft].map(flatHall) as [
              ReturnType<typeof flatHall>,
              ReturnType<typeof flatHall>,
              ReturnType<typeof flatHall>,
            ];
            save(conflict, unflatHall(merge(old, mine, theirs, taken)));
          }}
        />
      )}
    </div>
  );
}
