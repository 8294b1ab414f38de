import { now } from '../../shared/clock.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useTitle } from '../../shared/use-title.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage, Notice } from '../../ui/notice.tsx';
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
    confirmed: '결제가 끝난 예매예요.',
    cancelled: '취소된 예매라 결제할 수 없어요.',
    expired: '결제 시간이 끝나 예매가 취소되었어요. 좌석이 남아 있으면 다시 예매할 수 있어요.',
    late: '결제가 늦게 도착해 예매하지 못했어요. 결제하신 금액은 모두 환불해 드려요.',
    ticket: '티켓 보기',
  },
  en: {
    title: 'Payment',
    demo: 'This is a demo payment page',
    about: 'It stands in for a payment company, and takes no money. Choose how the payment ends.',
    amount: 'Amount',
    back: 'Back to the reservation',
    confirmed: 'This reservation is paid.',
    cancelled: 'This reservation is cancelled, so it cannot be paid.',
    expired:
      'The time to pay is over, so the reservation has ended. You can book again while there are seats.',
    late: 'The payment came too late, so the reservation has ended. You get all of your money back.',
    ticket: 'See the ticket',
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
  if (error !== undefined && !reservation) return <FailedPage error={error} retry={reload} />;
  if (!reservation) return <Loading />;
  const state = stateOf(reservation, now.value);
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
      {state === 'held' && <HoldClock until={reservation.expires_at} onEnd={reload} />}
      {late.isOnItsWay ? (
        <LatePayment reservation={reservation} onChange={reload} />
      ) : state === 'held' ? (
        <Outcomes reservation={reservation} onLate={late.start} />
      ) : (
        <>
          <Notice tone={state === 'confirmed' ? 'good' : 'warn'}>
            <p>{t.value[state]}</p>
          </Notice>
          <LinkButton look="primary" href={`/reservations/${id}`}>
            {state === 'confirmed' ? t.value.ticket : t.value.back}
          </LinkButton>
        </>
      )}
    </div>
  );
}
