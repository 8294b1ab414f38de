import { useLocation } from 'preact-iso';
import type { OrganizerEvent } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useAction } from '../forms/use-action.ts';

const t = texts({
  ko: { duplicate: '복제', of: (title: string) => `${title} 복제`, done: '복제해서 새 초안을 만들었어요.' },
  en: { duplicate: 'Duplicate', of: (title) => `Duplicate ${title}`, done: 'The copy is a new draft.' },
});

/** Copies an event into a new draft, and opens it. */
export function DuplicateButton({ event: { id, title } }: { event: Pick<OrganizerEvent, 'id' | 'title'> }) {
  const { busy, run } = useAction();
  const { route } = useLocation();
  const duplicate = () =>
    run({ duplicate: id }, async (once) => {
      const { event } = await tiketi().duplicateEvent({ id }, once);
      say(t.value.done);
      route(`/console/events/${event.id}/settings`);
    });
  return (
    <Button size="small" busy={busy} aria-label={t.value.of(title)} onClick={duplicate}>
      {t.value.duplicate}
    </Button>
  );
}
