import { useEffect, useRef, useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Conflict } from '../forms/conflict.tsx';
import { changedFields, foreignChanges, merge } from '../forms/merge.ts';
import { useUnsavedWarning } from '../forms/unsaved.ts';
import type { PartProps } from '../part-props.ts';
import { Cancellation } from './cancellation.tsx';
import { Ending } from './ending.tsx';
import { changeOfEvent, draftOfEvent, type EventDraft } from './event-draft.ts';
import { EventForm } from './event-form.tsx';
import { fields, valueText } from './event-texts.ts';
import { Life } from './life.tsx';
import { Poster } from './poster.tsx';
import { useEventForm } from './use-event-form.ts';

const t = texts({
  ko: {
    save: '저장',
    discard: '되돌리기',
    saved: '저장했어요.',
    unsaved: '저장하지 않은 변경이 있어요.',
  },
  en: {
    save: 'Save',
    discard: 'Discard changes',
    saved: 'Saved.',
    unsaved: 'There are unsaved changes.',
  },
});

/** Everything of an event that its organizer decides, but for its ticket types and its seats. */
export function EventSettings({ event, reload }: PartProps) {
  const { base, form, dirty, conflict, save, close } = useEventEditing({ event, reload });
  useUnsavedWarning(dirty);
  const cancelled = event.stored_status === 'cancelled';
  return (
    <div class="stack">
      {cancelled ? (
        <Cancellation eventId={event.id} timezone={event.timezone} />
      ) : (
        <Life event={event} reload={reload} unsaved={dirty} />
      )}
      <Poster event={event} reload={reload} />
      <form
        class="card stack"
        noValidate
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (form.check()) save(base, form.draft);
        }}
      >
        <EventForm
          draft={form.draft}
          problemOf={form.problemOf}
          onChange={form.change}
          hallFixed={event.stored_status !== 'draft'}
        />
        <div class="save-bar">
          <Button look="primary" type="submit" busy={form.busy} disabled={!dirty}>
            {t.value.save}
          </Button>
          {dirty && (
            <>
              <Button onClick={() => form.change(base.draft)}>{t.value.discard}</Button>
              <span class="soft">{t.value.unsaved}</span>
            </>
          )}
        </div>
      </form>
      {!cancelled && <Ending event={event} reload={reload} />}
      {conflict && (
        <Conflict
          changes={foreignChanges(base.draft, form.draft, conflict.draft)}
          labelOf={(name) => fields.value[name]}
          show={(name, value) => valueText(name, value, conflict.draft)}
          onClose={close}
          onSave={(taken) => save(conflict, merge(base.draft, form.draft, conflict.draft, taken))}
        />
      )}
    </div>
  );
}

/** What a form is based on. */
interface Base {
  draft: EventDraft;
  revision: number;
}

const baseOf = (event: PartProps['event']): Base => ({
  draft: draftOfEvent(event),
  revision: event.revision,
});

function useEventEditing({ event, reload }: PartProps) {
  const [base, setBase] = useState(() => baseOf(event));
  const [conflict, setConflict] = useState<Base>();
  const form = useEventForm(base.draft);

  // Another part of this page changed the event: its poster, for example. What is being typed stays.
  const current = useRef({ base, draft: form.draft });
  current.current = { base, draft: form.draft };
  // A revision is one state of the event.
  useEffect(() => {
    const { base, draft } = current.current;
    if (event.revision <= base.revision) return;
    const next = baseOf(event);
    // A value that both have changed is a choice, which the next save asks for.
    if (foreignChanges(base.draft, draft, next.draft).some(({ contested }) => contested)) return;
    form.change(merge(base.draft, draft, next.draft, new Set()));
    setBase(next);
  }, [event.revision]);

  function save(from: Base, draft: EventDraft) {
    setConflict(undefined);
    setBase(from);
    form.change(draft);
    // Everything that was typed here gave way to the other's.
    if (changedFields(from.draft, draft).length === 0) return reload();
    const body = { id: event.id, ...changeOfEvent(from.draft, draft) };
    void form.run(body, async () => {
      try {
        const headers = { 'if-match': `"${from.revision}"` };
        const { event: saved } = await tiketi().changeEvent(body, { headers });
        const next = baseOf(saved);
        setBase(next);
        form.change(next.draft);
        say(t.value.saved);
        reload();
      } catch (error) {
        if (!(error instanceof TiketiError && error.code === 'PRECONDITION_FAILED')) throw error;
        setConflict(baseOf((await tiketi().getOrganizerEvent({ id: event.id })).event));
      }
    });
  }
  return {
    base,
    form,
    dirty: changedFields(base.draft, form.draft).length > 0,
    conflict,
    save,
    close: () => setConflict(undefined),
  };
}
