import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { TimeField } from '../forms/time-field.tsx';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { draftOfPostponement, mistakesOfPostponement, postponementOf } from './postponement-draft.ts';

const t = texts({
  ko: {
    title: '공연 연기',
    now: (time: string) => `지금 일시: ${time}`,
    stays: '예매는 그대로 유지돼요.',
    event_date: '새 공연 일시',
    sale_end_date: '판매 종료',
    cancellable_until: '구매자가 취소할 수 있는 기한',
    reason: '연기 사유',
    reasonHint: '감사 기록에 남아요. 적지 않아도 돼요.',
    done: '공연을 연기했어요.',
    time: '올바른 일시를 골라 주세요.',
    sale: '판매 시작 후, 새 공연 일시 이전이어야 해요.',
    until: '지금 이후, 새 공연 일시 이전이어야 해요.',
  },
  en: {
    title: 'Postpone',
    now: (time) => `Now: ${time}`,
    stays: 'Reservations stay.',
    event_date: 'New date of the event',
    sale_end_date: 'Sale ends',
    cancellable_until: 'Buyers may cancel until',
    reason: 'Reason',
    reasonHint: 'Optional. The audit log keeps it.',
    done: 'The event is postponed.',
    time: 'Choose a valid time.',
    sale: 'After the start of the sale, and not after the new date.',
    until: 'In the future, and not after the new date.',
  },
});

interface PostponeDialogProps {
  event: PartProps['event'];
  onDone(): void;
  onClose(): void;
}

export function PostponeDialog({ event, onDone, onClose }: PostponeDialogProps) {
  const [draft, setDraft] = useState(() => draftOfPostponement(event));
  const [tried, setTried] = useState(false);
  const { busy, run } = useAction();
  const mistakes = mistakesOfPostponement(draft, event, Date.now());
  const postpone = () => {
    setTried(true);
    if (Object.keys(mistakes).length > 0) return focusFirstWrong();
    const body = { id: event.id, ...postponementOf(draft, event) };
    return run(body, async (once) => {
      await tiketi().postponeEvent(body, once);
      say(t.value.done);
      onDone();
    });
  };
  const time = (name: 'event_date' | 'sale_end_date' | 'cancellable_until') => {
    const mistake = tried ? mistakes[name] : undefined;
    return (
      <TimeField
        label={t.value[name]}
        value={draft[name]}
        timezone={event.timezone}
        required
        problem={mistake && t.value[mistake]}
        onInput={(value) => setDraft({ ...draft, [name]: value })}
      />
    );
  };
  return (
    <Confirm title={t.value.title} busy={busy} onConfirm={postpone} onClose={onClose}>
      <p class="soft">
        {t.value.now(dateText(event.event_date, event.timezone))} · {t.value.stays}
      </p>
      {time('event_date')}
      {time('sale_end_date')}
      {time('cancellable_until')}
      <Field label={t.value.reason} hint={t.value.reasonHint}>
        <input
          maxLength={500}
          value={draft.reason}
          onInput={({ currentTarget }) => setDraft({ ...draft, reason: currentTarget.value })}
        />
      </Field>
    </Confirm>
  );
}
