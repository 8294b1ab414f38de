import { useState } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import type { PartProps } from '../part-props.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { PostponeDialog } from './postpone-dialog.tsx';

const t = texts({
  ko: {
    title: '연기와 취소',
    postpone: '공연 연기',
    postponeHint: '예매는 그대로 두고 날짜를 바꿔요. 구매자는 정한 기한까지 취소할 수 있어요.',
    cancel: '이벤트 취소',
    cancelHint: '모든 예매를 취소하고 환불해요. 되돌릴 수 없어요.',
  },
  en: {
    title: 'Postpone or cancel',
    postpone: 'Postpone',
    postponeHint:
      'Gives the event a new date. Reservations stay, and buyers may cancel until a time that you set.',
    cancel: 'Cancel the event',
    cancelHint: 'Cancels and refunds every reservation. This cannot be undone.',
  },
});

/** What ends or moves a published event. */
export function Ending({ event, reload }: PartProps) {
  const [open, setOpen] = useState<'postpone' | 'cancel'>();
  if (event.stored_status === 'draft') return null;
  const close = () => setOpen(undefined);
  const finish = () => {
    close();
    reload();
  };
  return (
    <section class="card stack danger-zone">
      <h2>{t.value.title}</h2>
      <div class="row">
        <p class="soft">{t.value.postponeHint}</p>
        <Button onClick={() => setOpen('postpone')}>{t.value.postpone}</Button>
      </div>
      <div class="row">
        <p class="soft">{t.value.cancelHint}</p>
        <Button look="danger" onClick={() => setOpen('cancel')}>
          {t.value.cancel}
        </Button>
      </div>
      {open === 'postpone' && <PostponeDialog event={event} onDone={finish} onClose={close} />}
      {open === 'cancel' && <CancelDialog event={event} onDone={finish} onClose={close} />}
    </section>
  );
}
