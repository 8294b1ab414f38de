import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { CallOptions } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { DuplicateButton } from './duplicate-button.tsx';
import { statusTexts, statusTones } from './status.ts';

const t = texts({
  ko: {
    title: '공개와 판매',
    nothing: '공개하려면 좌석 배치도나 티켓 종류가 하나 이상 있어야 해요.',
    unsaved: '먼저 아래 변경을 저장해 주세요.',
    draft: '지금은 나와 관리자만 볼 수 있어요.',
    upcoming: (time: string) => `${time}에 판매가 시작돼요.`,
    on_sale: (time: string) => `${time}까지 판매해요.`,
    sold_out: '구매자에게 매진으로 보여요.',
    ended: '판매가 끝났어요.',
    cancellable: (time: string) => `연기된 공연이에요. 구매자는 ${time}까지 취소할 수 있어요.`,
    publish: '공개',
    publishHow: (when: string) => `모든 구매자가 이벤트를 볼 수 있고, ${when}.`,
    startsAt: (time: string) => `${time}부터 살 수 있어요`,
    startsNow: '바로 살 수 있어요',
    published: '공개했어요.',
    unpublish: '초안으로 되돌리기',
    unpublishHow: '구매자에게 더 이상 보이지 않아요. 예매가 한 번도 없었을 때만 할 수 있어요.',
    unpublished: '초안으로 되돌렸어요.',
    stop: '매진으로 표시',
    end: '판매 종료',
    stopHow: '지금부터 팔지 않아요. 이미 한 예매는 그대로예요. 언제든 다시 열 수 있어요.',
    stopped: '판매를 멈췄어요.',
    resume: '판매 재개',
    resumed: '일정과 재고에 따라 다시 판매해요.',
    remove: '초안 삭제',
    removeHow: '티켓 종류와 포스터도 함께 지워져요. 되돌릴 수 없어요.',
    removed: '초안을 지웠어요.',
  },
  en: {
    title: 'Publication and sale',
    nothing: 'It needs a hall or at least one ticket type before you can publish it.',
    unsaved: 'Save the changes below first.',
    draft: 'Only you and administrators can see it.',
    upcoming: (time) => `The sale starts on ${time}.`,
    on_sale: (time) => `It sells until ${time}.`,
    sold_out: 'Buyers see it as sold out.',
    ended: 'The sale is over.',
    cancellable: (time) => `It was postponed. Buyers may cancel until ${time}.`,
    publish: 'Publish',
    publishHow: (when) => `Every buyer sees the event, and ${when}.`,
    startsAt: (time) => `can buy from ${time}`,
    startsNow: 'can buy at once',
    published: 'It is published.',
    unpublish: 'Make it a draft again',
    unpublishHow: 'Buyers no longer see it. This works while no reservation was ever made.',
    unpublished: 'It is a draft again.',
    stop: 'Show as sold out',
    end: 'End the sale',
    stopHow: 'It sells nothing more from now on. Reservations stay. You can resume the sale at any time.',
    stopped: 'The sale has stopped.',
    resume: 'Resume the sale',
    resumed: 'It follows its dates and its stock again.',
    remove: 'Delete the draft',
    removeHow: 'Its ticket types and its poster go with it. This cannot be undone.',
    removed: 'The draft is deleted.',
  },
});

type Step = 'publish' | 'unpublish' | 'stop' | 'end' | 'resume' | 'remove';

/** Where the event is in its life, and the next steps. `unsaved` changes of the form below would not be in what is published. */
export function Life({ event, reload, unsaved }: PartProps & { unsaved: boolean }) {
  const { id, revision } = event;
  const [asked, setAsked] = useState<Step>();
  const { busy, run } = useAction();
  const { route } = useLocation();

  const change = (status: 'sold_out' | 'ended' | 'on_sale') =>
    tiketi().changeEvent({ id, status }, { headers: { 'if-match': `"${revision}"` } });
  const steps: Record<Step, (once: CallOptions) => Promise<void>> = {
    publish: (once) =>
      tiketi()
        .publishEvent({ id }, once)
        .then(() => finish(t.value.published)),
    unpublish: (once) =>
      tiketi()
        .unpublishEvent({ id }, once)
        .then(() => finish(t.value.unpublished)),
    stop: () => change('sold_out').then(() => finish(t.value.stopped)),
    end: () => change('ended').then(() => finish(t.value.stopped)),
    resume: () => change('on_sale').then(() => finish(t.value.resumed)),
    remove: () =>
      tiketi()
        .deleteDraft({ id })
        .then(() => {
          say(t.value.removed);
          route('/console', true);
        }),
  };
  function finish(text: string) {
    say(text);
    reload();
  }
  const take = (step: Step) =>
    run({ step, id, revision }, steps[step]).finally(() => {
      setAsked(undefined);
      // After a lost race the page shows what the other did.
      if (step !== 'remove') reload();
    });

  const isDraft = event.stored_status === 'draft';
  const isStopped = event.stored_status === 'sold_out' || event.stored_status === 'ended';
  const isReady = event.seat_layout_id !== null || event.ticket_type_count > 0;
  const confirmations: Partial<Record<Step, string>> = {
    publish: t.value.publishHow(whenToBuy(event)),
    unpublish: t.value.unpublishHow,
    stop: t.value.stopHow,
    end: t.value.stopHow,
    remove: t.value.removeHow,
  };
  return (
    <section class="card stack">
      <div class="row">
        <h2>{t.value.title}</h2>
        <Badge tone={statusTones[event.status]}>{statusTexts.value[event.status]}</Badge>
      </div>
      <p class="soft">{stateText(event, isReady, unsaved)}</p>
      {event.cancellable_until && (
        <p class="soft">{t.value.cancellable(dateText(event.cancellable_until, event.timezone))}</p>
      )}
      <div class="row">
        {isDraft ? (
          <Button look="primary" disabled={!isReady || unsaved} onClick={() => setAsked('publish')}>
            {t.value.publish}
          </Button>
        ) : (
          <>
            {isStopped ? (
              <Button look="primary" busy={busy} onClick={() => take('resume')}>
                {t.value.resume}
              </Button>
            ) : (
              event.status !== 'ended' && (
                <>
                  <Button onClick={() => setAsked('stop')}>{t.value.stop}</Button>
                  <Button onClick={() => setAsked('end')}>{t.value.end}</Button>
                </>
              )
            )}
            <Button onClick={() => setAsked('unpublish')}>{t.value.unpublish}</Button>
          </>
        )}
        <DuplicateButton event={event} />
        {isDraft && (
          <Button look="danger" onClick={() => setAsked('remove')}>
            {t.value.remove}
          </Button>
        )}
      </div>
      {asked && (
        <Confirm
          title={t.value[asked]}
          danger={asked === 'remove'}
          busy={busy}
          onConfirm={() => take(asked)}
          onClose={() => setAsked(undefined)}
        >
          <p>{confirmations[asked]}</p>
        </Confirm>
      )}
    </section>
  );
}

type Event = PartProps['event'];

function stateText(event: Event, isReady: boolean, unsaved: boolean): string {
  const { status, sale_start_date, sale_end_date, timezone } = event;
  if (status === 'draft') return !isReady ? t.value.nothing : unsaved ? t.value.unsaved : t.value.draft;
  if (status === 'upcoming') return t.value.upcoming(dateText(sale_start_date, timezone));
  if (status === 'on_sale') return t.value.on_sale(dateText(sale_end_date, timezone));
  return status === 'sold_out' ? t.value.sold_out : t.value.ended;
}

function whenToBuy({ sale_start_date, timezone }: Event): string {
  const starts = Date.parse(sale_start_date);
  return starts <= now.peek() ? t.value.startsNow : t.value.startsAt(dateText(sale_start_date, timezone));
}
