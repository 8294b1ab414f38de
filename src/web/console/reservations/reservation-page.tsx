import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ReservationHistory } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { dateText, ownTimezone, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage } from '../../ui/notice.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { leftOf } from './cancel-items.ts';
import { History } from './history.tsx';
import { itemText, refundReasons, statusTexts, statusTones } from './reservation-texts.ts';

type Reservation = ReservationHistory['reservation'];

const t = texts({
  ko: {
    event: '이벤트',
    buyer: '구매자 ID',
    made: '예매한 시각',
    until: '결제 기한',
    payment: '결제',
    total: '금액',
    items: '좌석과 티켓',
    back: '반환됨',
    partly: (n: number) => `${n}매 취소`,
    refunds: '환불',
    due: '환불 예정',
    done: (time: string) => `${time} 환불 완료`,
    cancel: '구매자를 위해 취소',
  },
  en: {
    event: 'Event',
    buyer: 'Buyer’s id',
    made: 'Made at',
    until: 'To be paid until',
    payment: 'Payment',
    total: 'Total',
    items: 'Seats and tickets',
    back: 'Given back',
    partly: (n) => `${n} cancelled`,
    refunds: 'Refunds',
    due: 'Due',
    done: (time) => `Paid back ${time}`,
    cancel: 'Cancel for the buyer',
  },
});

/** One reservation of any user: what it is, what is to be paid back, and what happened to it. */
export function ReservationPage({ id }: { id: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getReservationHistory({ id }, { signal }),
    [id],
  );
  const [isCancelling, setCancelling] = useState(false);
  useTitle(value?.reservation.reservation_number);
  if (error !== undefined && !value) return <FailedPage error={error} retry={reload} />;
  if (!value) return <Loading />;
  const { reservation } = value;
  const { reservation_number, status } = reservation;
  const isLive = status === 'pending' || status === 'confirmed';
  return (
    <div class="stack">
      <div class="row">
        <h1 class="number">{reservation_number}</h1>
        <Badge tone={statusTones[status]}>{statusTexts.value[status]}</Badge>
        {isLive && (
          <span class="push-end">
            <Button look="danger" onClick={() => setCancelling(true)}>
              {t.value.cancel}
            </Button>
          </span>
        )}
      </div>
      <Facts reservation={reservation} />
      <Items reservation={reservation} />
      {reservation.refunds.length > 0 && <Refunds reservation={reservation} />}
      <History reservation={reservation} />
      {isCancelling && (
        <CancelDialog
          reservation={reservation}
          onClose={() => setCancelling(false)}
          onDone={() => {
            setCancelling(false);
            reload();
          }}
        />
      )}
    </div>
  );
}

function Facts({ reservation }: { reservation: Reservation }) {
  const { event_id, event_title, user_id, created_at, expires_at, payment_id, payment_method } = reservation;
  return (
    <section class="card">
      <dl class="facts">
        <Fact name={t.value.event}>
          <a href={`/console/events/${event_id}`}>{event_title}</a>
        </Fact>
        <Fact name={t.value.buyer}>
          <a href={`/console/events/${event_id}/reservations?user_id=${user_id}`}>{user_id}</a>
        </Fact>
        <Fact name={t.value.made}>{dateText(created_at, ownTimezone)}</Fact>
        {reservation.status === 'pending' && (
          <Fact name={t.value.until}>{dateText(expires_at, ownTimezone)}</Fact>
        )}
        {payment_id !== null && (
          <Fact name={t.value.payment}>{[payment_method, payment_id].filter(Boolean).join(' · ')}</Fact>
        )}
        <Fact name={t.value.total}>
          <strong class="number">{won(reservation.total_amount)}</strong>
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Items({ reservation: { items } }: { reservation: Reservation }) {
  return (
    <section class="card stack">
      <h2>{t.value.items}</h2>
      <ul class="reservation-items">
        {items.map((item) => (
          <li key={item.position}>
            <span>{itemText(item)}</span>
            {leftOf(item) === 0 && <Badge>{t.value.back}</Badge>}
            {leftOf(item) > 0 && item.cancelled_quantity > 0 && (
              <Badge tone="warn">{t.value.partly(item.cancelled_quantity)}</Badge>
            )}
            <span class="number push-end">{won(item.subtotal)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Refunds({ reservation: { refunds } }: { reservation: Reservation }) {
  return (
    <section class="card stack">
      <h2>{t.value.refunds}</h2>
      <ul class="reservation-items">
        {refunds.map(({ id, amount, reason, refunded_at }) => (
          <li key={id}>
            <span>{refundReasons.value[reason]}</span>
            {refunded_at === null ? (
              <Badge tone="warn">{t.value.due}</Badge>
            ) : (
              <Badge tone="good">{t.value.done(dateText(refunded_at, ownTimezone))}</Badge>
            )}
            <strong class="number push-end">{won(amount)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}
