import { useState } from 'preact/hooks';
import type { FoundReservation } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Check } from '../forms/check.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { ReasonField } from '../forms/reason-field.tsx';
import { useAction } from '../forms/use-action.ts';
import { amountOf, type Chosen, everything, leftOf, partsOf } from './cancel-items.ts';

const t = texts({
  ko: {
    title: '예매 취소',
    what: '취소할 좌석과 티켓',
    refund: (amount: string) => `${amount}을 환불해야 해요. 좌석과 티켓은 바로 다시 판매돼요.`,
    unpaid: '아직 결제하지 않은 예매예요. 좌석과 티켓은 바로 다시 판매돼요.',
    quantity: (name: string, left: number) => `${name} (${left}매 중)`,
    reason: '취소 사유',
    hint: '예매 기록과 감사 기록에 남아요.',
    done: (amount: string) => `취소했어요. 환불할 금액은 ${amount}이에요.`,
  },
  en: {
    title: 'Cancel the reservation',
    what: 'Seats and tickets to cancel',
    refund: (amount) => `${amount} will be due for refund. Seats and tickets are on sale again at once.`,
    unpaid: 'It is not paid yet. Seats and tickets are on sale again at once.',
    quantity: (name, left) => `${name} (of ${left})`,
    reason: 'Reason',
    hint: 'The history and the audit log keep it.',
    done: (amount) => `Cancelled. ${amount} are due for refund.`,
  },
});

interface CancelDialogProps {
  reservation: FoundReservation;
  onDone(): void;
  onClose(): void;
}

/** Cancels a reservation, or a part of it, for its buyer. It says first what that does. */
export function CancelDialog({ reservation, onDone, onClose }: CancelDialogProps) {
  const { id, status } = reservation;
  const items = reservation.items.filter((item) => leftOf(item) > 0);
  const [chosen, setChosen] = useState<Chosen>(() => everything(items));
  const [reason, setReason] = useState('');
  const { busy, wrong, run } = useAction();
  const choose = (position: number, quantity: number) =>
    setChosen((last) => ({ ...last, [position]: quantity }));
  const ready = reason.trim() !== '' && Object.values(chosen).some((quantity) => quantity > 0);

  const cancel = () => {
    const parts = partsOf(items, chosen);
    const body = { id, reason: reason.trim(), ...(parts && { items: parts }) };
    return run(body, async (once) => {
      const { refund_amount } = await tiketi().cancelForBuyer(body, once);
      say(t.value.done(won(refund_amount)));
      onDone();
    });
  };
  return (
    <Confirm title={t.value.title} danger busy={busy} ready={ready} onConfirm={cancel} onClose={onClose}>
      <fieldset class="stack" aria-label={t.value.what}>
        {items.map((item) => {
          const { position, seat_label, ticket_type_name, unit_price } = item;
          if (seat_label !== null)
            return (
              <Check
                key={position}
                label={`${seat_label} · ${won(unit_price)}`}
                checked={chosen[position] === 1}
                onChange={(checked) => choose(position, checked ? 1 : 0)}
              />
            );
          const left = leftOf(item);
          return (
            <Field key={position} label={t.value.quantity(`${ticket_type_name} · ${won(unit_price)}`, left)}>
              <input
                type="number"
                min={0}
                max={left}
                value={chosen[position]}
                onInput={({ currentTarget }) =>
                  choose(position, Math.max(0, Math.min(left, Math.round(currentTarget.valueAsNumber) || 0)))
                }
              />
            </Field>
          );
        })}
      </fieldset>
      <Notice tone="warn">
        {status === 'confirmed' ? t.value.refund(won(amountOf(items, chosen))) : t.value.unpaid}
      </Notice>
      <ReasonField
        label={t.value.reason}
        hint={t.value.hint}
        problem={wrong.reason}
        value={reason}
        onInput={setReason}
      />
    </Confirm>
  );
}
