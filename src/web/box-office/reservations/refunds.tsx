import { dateText, ownTimezone, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { ItemList } from './item-list.tsx';
import type { Reservation } from './state.ts';

const t = texts({
  ko: {
    title: '환불',
    cancelled: '취소한 좌석·티켓',
    due: '환불 예정',
    refunded: (day: string) => `${day} 환불 완료`,
    reasons: {
      cancelled: '예매 취소',
      cancelled_in_part: '일부 취소',
      event_cancelled: '공연 취소',
      too_late: '결제가 늦게 도착함',
      paid_twice: '두 번 결제됨',
    },
  },
  en: {
    title: 'Refunds',
    cancelled: 'Cancelled seats and tickets',
    due: 'On its way',
    refunded: (day) => `Paid back on ${day}`,
    reasons: {
      cancelled: 'Cancelled',
      cancelled_in_part: 'Cancelled in part',
      event_cancelled: 'Event cancelled',
      too_late: 'Payment came too late',
      paid_twice: 'Paid twice',
    },
  },
});

/** What was cancelled while the rest went on, and the money that comes back or has come back. */
export function Refunds({ reservation: { cancelled_items, refunds } }: { reservation: Reservation }) {
  return (
    <>
      {cancelled_items.length > 0 && (
        <div class="cancelled">
          <ItemList title={t.value.cancelled} items={cancelled_items} />
        </div>
      )}
      {refunds.length > 0 && (
        <section class="stack items">
          <h2>{t.value.title}</h2>
          <ul>
            {refunds.map(({ amount, reason, due_at, refunded_at }) => (
              <li key={`${due_at} ${reason} ${amount}`}>
                <span class="row">
                  {t.value.reasons[reason]}
                  {refunded_at === null ? (
                    <Badge tone="warn">{t.value.due}</Badge>
                  ) : (
                    <Badge tone="good">{t.value.refunded(dateText(refunded_at, ownTimezone, 'day'))}</Badge>
                  )}
                </span>
                <span class="number">{won(amount)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
