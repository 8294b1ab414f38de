import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Field } from '../../ui/field.tsx';
import { Loading } from '../../ui/loading.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { ReasonField } from '../forms/reason-field.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';

const t = texts({
  ko: {
    title: '이벤트 취소',
    consequences: (paid: string, amount: string) => `예매 ${paid}건, 환불할 금액 ${amount}`,
    held: (held: string) => `결제를 기다리는 예매 ${held}건도 취소돼요.`,
    final: '판매가 바로 멈추고, 대기열이 비워지고, 모든 예매가 취소돼요. 되돌릴 수 없어요.',
    reason: '취소 사유',
    reasonHint: '감사 기록에 남아요.',
    type: (word: string) => `확인하려면 ‘${word}’라고 적어 주세요`,
    word: '이벤트 취소',
    done: '이벤트를 취소했어요. 예매 취소가 이어서 진행돼요.',
  },
  en: {
    title: 'Cancel the event',
    consequences: (paid, amount) =>
      `${paid} ${paid === '1' ? 'reservation' : 'reservations'}, ${amount} to refund`,
    held: (held) => `Reservations that wait for payment are cancelled as well: ${held}.`,
    final:
      'The sale stops at once, the waiting room is cleared, and every reservation is cancelled. This cannot be undone.',
    reason: 'Reason',
    reasonHint: 'The audit log keeps it.',
    type: (word) => `Type “${word}” to confirm`,
    word: 'cancel event',
    done: 'The event is cancelled. Its reservations follow.',
  },
});

interface EndingDialogProps {
  event: PartProps['event'];
  onDone(): void;
  onClose(): void;
}

/** Cancels an event, after it told what that does. */
export function CancelDialog({ event: { id }, onDone, onClose }: EndingDialogProps) {
  const overview = useLoaded((signal) => tiketi().getSalesOverview({ id }, { signal }), [id]);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { busy, wrong, run } = useAction();
  const cancel = () => {
    const body = { id, reason: reason.trim() };
    return run(body, async (once) => {
      await tiketi().cancelEvent(body, once);
      say(t.value.done);
      onDone();
    });
  };
  const { value } = overview;
  const ready = value !== undefined && reason.trim() !== '' && typed.trim().toLowerCase() === t.value.word;
  const { paid = 0, held = 0 } = value?.reservations ?? {};
  return (
    <Confirm title={t.value.title} danger busy={busy} ready={ready} onConfirm={cancel} onClose={onClose}>
      {value ? (
        <Notice tone="warn">
          <strong>{t.value.consequences(count(paid), won(value.revenue))}</strong>
          {held > 0 && <p>{t.value.held(count(held))}</p>}
          <p>{t.value.final}</p>
        </Notice>
      ) : overview.error === undefined ? (
        <Loading />
      ) : (
        <Failure error={overview.error} retry={overview.reload} />
      )}
      <ReasonField
        label={t.value.reason}
        hint={t.value.reasonHint}
        problem={wrong.reason}
        value={reason}
        onInput={setReason}
      />
      <Field label={t.value.type(t.value.word)}>
        <input
          autoComplete="off"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </Field>
    </Confirm>
  );
}
