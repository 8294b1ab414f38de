import { now } from '../../shared/clock.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useTitle } from '../../shared/use-title.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { HoldClock } from '../reservations/hold-clock.tsx';
import { stateOf } from '../reservations/state.ts';
import { useReservation } from '../reservations/use-reservation.ts';
import { SignIn } from '../sign-in/sign-in.tsx';
import { LatePayment, useLatePayment } from './late-payment.tsx';
import { Outcomes } from './outcomes.tsx';

const t = texts({
  ko: {
    title: '결제',
    demo: '체험용 결제 화면이에요',
    about: '결제 회사를 대신하는 화면이라 실제로 돈이 나가지 않아요. 결제가 어떻게 끝날지 골라 보세요.',
    amount: '결제 금액',
    back: '예매로 돌아가기',
    over: '지금은 결제할 수 없는 예매예요. 이미 결제되었거나 취소되었을 수 있어요.',
  },
  en: {
    title: 'Payment',
    demo: 'This is a demo payment page',
    about: 'It stands in for a payment company, and takes no money. Choose how the payment ends.',
    amount: 'Amount',
    back: 'Back to the reservation',
    over: 'This reservation cannot be paid now. It may be paid or cancelled already.',
  },
});

export function PaymentPage({ id }: { id: string }) {
  useTitle(t.value.title);
  return user.value ? <Payment key={user.value.id} id={id} /> : <SignIn />;
}

/** Plays the page of a payment company (src/demo/payments.ts). */
function Payment({ id }: { id: string }) {
  const { reservation, error, reload } = useReservation(id);
  const late = useLatePayment(id);
  if (error !== undefined && !reservation) return <Failure error={error} retry={reload} />;
  if (!reservation) return <Loading />;
  const isHeld = stateOf(reservation, now.value) === 'held';
  return (
    <div class="stack checkout narrow">
      <p>
        <a href={`/reservations/${id}`}>← {t.value.back}</a>
      </p>
      <h1>{t.value.title}</h1>
      <div class="demo-note">
        <p>
          <strong>{t.value.demo}</strong>
        </p>
        <p>{t.value.about}</p>
      </div>
      <div class="card stack">
        <h2>{reservation.event_title}</h2>
        <p class="total">
          <span>{t.value.amount}</span>
          <strong class="number">{won(reservation.total_amount)}</strong>
        </p>
      </div>
      {isHeld && <HoldClock until={reservation.expires_at} onEnd={reload} />}
      {late.isOnItsWay ? (
        <LatePayment reservation={reservation} onChange={reload} />
      ) : isHeld ? (
        <Outcomes reservation={reservation} onLate={late.start} />
      ) : (
        <>
          <Notice>
            <p>{t.value.over}</p>
          </Notice>
          <LinkButton look="primary" href={`/reservations/${id}`}>
            {t.value.back}
          </LinkButton>
        </>
      )}
    </div>
  );
}
