import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { demo } from '../../shared/demo.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { token } from '../../shared/session.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import type { Reservation } from '../reservations/state.ts';

const t = texts({
  ko: {
    pay: (amount: string) => `${amount} 결제하기`,
    payAbout: '결제가 바로 도착하고 예매가 완료돼요.',
    refuse: '카드 거절되기',
    refuseAbout: '카드사가 결제를 거절해요. 시간이 남아 있는 동안 다시 결제할 수 있어요.',
    late: '너무 늦게 결제하기',
    lateAbout: '결제 시간이 끝난 뒤에 결제가 도착해요.',
    paid: '결제되었어요.',
    refused: '카드가 거절되었어요. 예매는 그대로 있으니 다른 방법으로 결제해 보세요.',
  },
  en: {
    pay: (amount) => `Pay ${amount}`,
    payAbout: 'The payment arrives at once, and your reservation is complete.',
    refuse: 'Have the card refused',
    refuseAbout: 'The bank refuses the payment. You can pay again while there is time.',
    late: 'Pay too late',
    lateAbout: 'The payment arrives when the time to pay is over.',
    paid: 'It is paid.',
    refused: 'The card was refused. Your reservation stays as it is: you can pay in another way.',
  },
});

type Outcome = 'paid' | 'refused' | 'late';

/** How the payment ends. */
export function Outcomes({ reservation, onLate }: { reservation: Reservation; onLate(): void }) {
  const { route } = useLocation();
  const [busy, setBusy] = useState<Outcome>();
  const [refused, setRefused] = useState(false);
  const [error, setError] = useState<unknown>();
  const { id, total_amount, event_id } = reservation;
  const choose = async (outcome: Outcome) => {
    setBusy(outcome);
    setError(undefined);
    setRefused(false);
    try {
      await demo('POST', 'payments', { reservationId: id, outcome }, token.peek());
      if (outcome === 'refused') setRefused(true);
      if (outcome === 'late') onLate();
      if (outcome === 'paid') {
        say(t.value.paid);
        route(`/reservations/${id}`, true);
      }
    } catch (problem) {
      setError(problem);
    }
    setBusy(undefined);
  };
  const button = (outcome: Outcome, name: string, about: string) => (
    <li>
      <Button
        {...(outcome === 'paid' && { look: 'primary' as const })}
        busy={busy === outcome}
        disabled={busy !== undefined}
        aria-describedby={`about-${outcome}`}
        onClick={() => choose(outcome)}
      >
        {name}
      </Button>
      <p class="soft" id={`about-${outcome}`}>
        {about}
      </p>
    </li>
  );
  return (
    <>
      {refused && (
        <Notice tone="bad">
          <p>{t.value.refused}</p>
        </Notice>
      )}
      {error !== undefined && <Failure error={error} event={event_id} />}
      <ul class="outcomes">
        {button('paid', t.value.pay(won(total_amount)), t.value.payAbout)}
        {button('refused', t.value.refuse, t.value.refuseAbout)}
        {button('late', t.value.late, t.value.lateAbout)}
      </ul>
    </>
  );
}
