import type { FoundReservation } from '../../../client/index.ts';
import { now } from '../../shared/clock.ts';
import { dateText, durationText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';

const t = texts({
  ko: {
    number: '예매 번호',
    user: '구매자',
    since: '예매 시각',
    expires: '결제 마감',
    left: (time: string) => `${time} 남음`,
    paid: '결제 시각',
    amount: '금액',
    seats: '좌석',
    pending: '결제 대기',
    confirmed: '예매 완료',
    cancelled: '취소됨',
    expired: '시간 초과',
  },
  en: {
    number: 'Reservation',
    user: 'Buyer',
    since: 'Held since',
    expires: 'Pay until',
    left: (time) => `${time} left`,
    paid: 'Paid',
    amount: 'Amount',
    seats: 'Seats',
    pending: 'Waiting for payment',
    confirmed: 'Confirmed',
    cancelled: 'Cancelled',
    expired: 'Expired',
  },
});

const TONES = { pending: 'warn', confirmed: 'good', cancelled: undefined, expired: undefined } as const;

/** The reservation that has a seat, or had it. Its number leads to all of it. */
export function SeatHolder({ reservation, timezone }: { reservation: FoundReservation; timezone: string }) {
  const { reservation_number: number, status, expires_at, paid_at } = reservation;
  const left = expires_at === null ? 0 : Date.parse(expires_at) - now.value;
  const labels = reservation.items.flatMap(({ seat_label, released_at }) =>
    seat_label !== null && (released_at === null || status !== 'confirmed') ? [seat_label] : [],
  );
  return (
    <dl class="seat-facts">
      <dt>{t.value.number}</dt>
      <dd class="row">
        <a href={`/console/reservations?number=${number}`}>{number}</a>
        <Badge tone={TONES[status]}>{t.value[status]}</Badge>
      </dd>
      <dt>{t.value.user}</dt>
      <dd>
        <code>{reservation.user_id}</code>
      </dd>
      <dt>{t.value.seats}</dt>
      <dd>{labels.join(', ')}</dd>
      <dt>{t.value.amount}</dt>
      <dd class="number">{won(reservation.total_amount)}</dd>
      <dt>{t.value.since}</dt>
      <dd class="number">{dateText(reservation.created_at, timezone)}</dd>
      {status === 'pending' && expires_at !== null && (
        <>
          <dt>{t.value.expires}</dt>
          <dd class="number">
            {dateText(expires_at, timezone, 'second')} · {t.value.left(durationText(left))}
          </dd>
        </>
      )}
      {paid_at !== null && (
        <>
          <dt>{t.value.paid}</dt>
          <dd class="number">{dateText(paid_at, timezone)}</dd>
        </>
      )}
    </dl>
  );
}
