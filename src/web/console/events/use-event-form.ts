import { useState } from 'preact/hooks';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import { type EventDraft, type EventField, mistakesOfEvent } from './event-draft.ts';
import { mistakes, rules } from './event-texts.ts';

/** The state of a form with the fields of an event. What is wrong is shown from the first attempt to save on. */
export function useEventForm(initial: EventDraft) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const { busy, wrong, run, forgive } = useAction();
  const found = mistakesOfEvent(draft);
  return {
    draft,
    change(next: EventDraft) {
      setDraft(next);
      forgive();
    },
    problemOf(name: EventField): string | undefined {
      const mistake = tried ? found[name] : undefined;
      if (mistake) return mistakes.value[mistake];
      return name in wrong ? rules.value[name] : undefined;
    },
    /** Whether it can be sent. Otherwise the first mistake gets the focus. */
    check(): boolean {
      setTried(true);
      const isReady = Object.keys(found).length === 0;
      if (!isReady) focusFirstWrong();
      return isReady;
    },
    busy,
    run,
  };
}
