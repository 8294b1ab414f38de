import { useMemo, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { randomId } from '../../shared/random-id.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure } from '../../ui/notice.tsx';
import { CancelItems } from './cancel-items.tsx';
import { type Chosen, everything, isWhole, partOf, priceOf } from './chosen-items.ts';
import type { Reservation } from './state.ts';

const t = texts({
  ko: {
    title: '무엇을 취소할까요?',
    giveUp: '예매를 취소할까요?',
    giveUpAbout: '취소한 좌석과 티켓은 바로 다른 분이 예매할 수 있어요.',
    refund: '환불 예정 금액',
    rest: '남은 예매 금액',
    cancel: '선택한 티켓 취소하기',
    cancelAll: '전체 취소하기',
    keep: '그대로 두기',
    done: (amount: string) => `취소했어요. ${amount}을 환불해 드려요.`,
    givenUp: '취소했어요.',
  },
  en: {
    title: 'What would you like to cancel?',
    giveUp: 'Cancel this reservation?',
    giveUpAbout: 'What you cancel goes back on sale at once.',
    refund: 'To be refunded',
    rest: 'You keep',
    cancel: 'Cancel selected',
    cancelAll: 'Cancel everything',
    keep: 'Keep it',
    done: (amount) => `Cancelled. You get ${amount} back.`,
    givenUp: 'Cancelled.',
  },
});

interface CancelDialogProps {
  reservation: Reservation;
  onDone(): void;
  onClose(): void;
}

/** Cancels a reservation, or the part of it that is chosen. It says first what comes back. */
export function CancelDialog({ reservation, onDone, onClose }: CancelDialogProps) {
  const { id, items, event_id, payment_status, total_amount } = reservation;
  const [chosen, setChosen] = useState<Chosen>(() => everything(items));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const part = partOf(items, chosen);
  const whole = isWhole(items, chosen);
  const several = items.length > 1 || items.some(({ quantity }) => quantity > 1);
  const price = priceOf(items, chosen);
  const isPaid = payment_status === 'completed';
  // The same for each attempt at the same part, so that an attempt whose answer was lost is not refused.
  // Another part is another request.
  const key = useMemo(randomId, [JSON.stringify(part)]);

  const cancel = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const headers = { 'idempotency-key': key };
      const input = whole ? { id } : { id, items: part };
      const { refund_amount } = await tiketi().cancelReservation(input, { headers });
      say(refund_amount > 0 ? t.value.done(won(refund_amount)) : t.value.givenUp);
      onDone();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
      onDone();
    }
  };
  return (
    <Dialog title={several ? t.value.title : t.value.giveUp} onClose={onClose}>
      {several && <CancelItems items={items} chosen={chosen} onChoose={setChosen} />}
      <p class="soft">{t.value.giveUpAbout}</p>
      <dl class="sums" aria-live="polite">
        {isPaid && (
          <>
            <dt>{t.value.refund}</dt>
            <dd class="number">
              <strong>{won(price)}</strong>
            </dd>
          </>
        )}
        {!whole && (
          <>
            <dt>{t.value.rest}</dt>
            <dd class="number">{won(total_amount - price)}</dd>
          </>
        )}
      </dl>
      {error !== undefined && <Failure error={error} event={event_id} />}
      <div class="row dialog-actions">
        <Button onClick={onClose}>{t.value.keep}</Button>
        <Button look="danger" busy={busy} disabled={part.length === 0} onClick={cancel}>
          {whole ? t.value.cancelAll : t.value.cancel}
        </Button>
      </div>
    </Dialog>
  );
}
