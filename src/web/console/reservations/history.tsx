import type { ReservationHistory } from '../../../client/index.ts';
import { dateText, ownTimezone, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { itemText } from './reservation-texts.ts';

type Reservation = ReservationHistory['reservation'];
type Entry = Reservation['history'][number];

const t = texts({
  ko: {
    title: '기록',
    held: '선점',
    extended: '결제 시간 연장',
    paid: '결제',
    confirmed: '예매 확정',
    partly_cancelled: '부분 취소',
    cancelled: '취소',
    expired: '결제 시간 만료',
    refund_due: '환불 예정',
    refunded: '환불 완료',
    user: '구매자',
    admin: '관리자',
    organizer: '주최자',
    service: '결제 서비스',
    system: '자동 처리',
    reason: (reason: string) => `사유: ${reason}`,
  },
  en: {
    title: 'History',
    held: 'Held',
    extended: 'Time to pay extended',
    paid: 'Paid',
    confirmed: 'Confirmed',
    partly_cancelled: 'Cancelled in part',
    cancelled: 'Cancelled',
    expired: 'Expired',
    refund_due: 'Refund due',
    refunded: 'Refunded',
    user: 'Buyer',
    admin: 'Administrator',
    organizer: 'Organizer',
    service: 'Payment service',
    system: 'Automatic',
    reason: (reason) => `Reason: ${reason}`,
  },
});

/** What happened to a reservation, who did it and why, oldest first. */
export function History({ reservation: { history, items } }: { reservation: Reservation }) {
  return (
    <section class="card stack">
      <h2>{t.value.title}</h2>
      <ol class="reservation-history">
        {history.map((entry, index) => (
          <li key={`${entry.at} ${index}`}>
            <time class="soft small number" dateTime={entry.at}>
              {dateText(entry.at, ownTimezone)} {dateText(entry.at, ownTimezone, 'second').slice(-3)}
            </time>
            <div>
              <p>
                <strong>{actionText(entry)}</strong> {entry.amount !== null && won(entry.amount)}
              </p>
              <p class="soft small">
                <span title={entry.actor_id ?? undefined}>{t.value[entry.actor_role]}</span>
                {entry.reason !== null && ` · ${t.value.reason(entry.reason)}`}
              </p>
              {entry.items && (
                <p class="soft small">
                  {items
                    .filter(({ position }) => entry.items?.includes(position))
                    .map(itemText)
                    .join(', ')}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A later version of the service may name more actions. */
function actionText({ action }: Entry): string {
  const text = t.value[action.slice('reservation.'.length) as 'held'];
  return typeof text === 'string' ? text : action;
}
