import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { serviceTime } from '../../shared/clock.ts';
import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useUnsavedWarning } from '../forms/unsaved.ts';
import { emptyDraft, newEventOf } from './event-draft.ts';
import { EventForm } from './event-form.tsx';
import { useEventForm } from './use-event-form.ts';

const t = texts({
  ko: {
    title: '새 이벤트',
    intro: '초안으로 저장돼요. 공개하기 전까지 구매자에게 보이지 않아요.',
    create: '초안 만들기',
    back: '취소',
    made: '초안을 만들었어요. 티켓 종류와 포스터를 더한 뒤 공개하세요.',
  },
  en: {
    title: 'New event',
    intro: 'It is saved as a draft. Buyers see it once you publish it.',
    create: 'Create the draft',
    back: 'Cancel',
    made: 'The draft is there. Add ticket types and a poster, then publish it.',
  },
});

export function NewEventPage() {
  const [empty] = useState(() => emptyDraft(serviceTime()));
  const { draft, change, problemOf, check, busy, run } = useEventForm(empty);
  const { route } = useLocation();
  useTitle(t.value.title);
  useUnsavedWarning(draft !== empty);

  const submit = (event: Event) => {
    event.preventDefault();
    if (!check()) return;
    const body = newEventOf(draft);
    void run(body, async (once) => {
      const { event } = await tiketi().createEvent(body, once);
      say(t.value.made);
      route(`/console/events/${event.id}/settings`, true);
    });
  };
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <p class="soft">{t.value.intro}</p>
      <form class="card stack" noValidate onSubmit={submit}>
        <EventForm draft={draft} problemOf={problemOf} onChange={change} />
        <div class="save-bar">
          <Button look="primary" type="submit" busy={busy}>
            {t.value.create}
          </Button>
          <LinkButton href="/console">{t.value.back}</LinkButton>
        </div>
      </form>
    </div>
  );
}
