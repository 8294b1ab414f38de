import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import { Notice } from '../../ui/notice.tsx';
import { type Reservation, stateOf } from '../reservations/state.ts';

const t = texts({
  ko: {
    waiting: '결제 시간이 끝나기를 기다리고 있어요',
    waitingAbout:
      '시간이 끝나고 잠시 뒤에 결제가 도착해요. 그사이 다른 분이 좌석을 가져가면 환불되고, 그대로 남아 있으면 예매가 완료돼요.',
    giveUp: '기다리지 않고 예매 취소하기',
    giveUpAbout: '취소한 예매에 결제가 도착하면 언제나 환불돼요.',
    arriving: '예매가 끝났어요. 곧 결제가 도착해요.',
    due: (amount: string) => `결제가 너무 늦게 도착했어요. ${amount}을 환불해 드려요.`,
    confirmed: '늦게 도착했지만 좌석이 그대로 남아 있어 예매가 완료되었어요.',
    see: '예매 보기',
  },
  en: {
    waiting: 'Waiting for the end of the time to pay',
    waitingAbout:
      'The payment arrives a moment after it. If another buyer takes the seats in between, you get your money back. If they are still free, you get them after all.',
    giveUp: 'Do not wait: give up the reservation',
    giveUpAbout: 'A payment for a cancelled reservation is always refunded.',
    arriving: 'The reservation has ended. The payment arrives in a moment.',
    due: (amount) => `The payment came too late. You get back ${amount}.`,
    confirmed: 'The payment was late, but your seats were still free: they are yours.',
    see: 'See the reservation',
  },
});

/** Whether a late payment is on its way, also after a reload of the page. */
export function useLatePayment(id: string) {
  const key = `tiketi-late-payment:${id}`;
  const [isOnItsWay, setOnItsWay] = useState(() => sessionStorage.getItem(key) !== null);
  const start = () => {
    sessionStorage.setItem(key, 'yes');
    setOnItsWay(true);
  };
  return { isOnItsWay, start };
}

/** A payment that comes after the end: what it waits for, and what became of it. */
export function LatePayment({ reservation, onChange }: { reservation: Reservation; onChange(): void }) {
  const [busy, setBusy] = useState(false);
  const { id, payment_method, status, total_amount } = reservation;
  const giveUp = async () => {
    setBusy(true);
    await tiketi().cancelReservation({ id }).catch(sayProblem);
    onChange();
    setBusy(false);
  };
  if (payment_method !== null)
    return (
      <>
        <Notice tone={status === 'confirmed' ? 'good' : 'warn'}>
          <p>{status === 'confirmed' ? t.value.confirmed : t.value.due(won(total_amount))}</p>
        </Notice>
        <LinkButton look="primary" href={`/reservations/${id}`}>
          {t.value.see}
        </LinkButton>
      </>
    );
  if (stateOf(reservation, now.value) !== 'held')
    return (
      <>
        <Notice>
          <p>{t.value.arriving}</p>
        </Notice>
        <Loading />
      </>
    );
  return (
    <section class="card stack">
      <h2>{t.value.waiting}</h2>
      <p>{t.value.waitingAbout}</p>
      <div class="stack">
        <Button busy={busy} aria-describedby="give-up-about" onClick={giveUp}>
          {t.value.giveUp}
        </Button>
        <p class="soft" id="give-up-about">
          {t.value.giveUpAbout}
        </p>
      </div>
    </section>
  );
}
