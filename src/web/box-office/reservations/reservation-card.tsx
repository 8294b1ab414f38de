import { now } from '../../shared/clock.ts';
import { dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Countdown } from '../../ui/countdown.tsx';
import { itemName } from './item-name.ts';
import { SmallPoster } from './small-poster.tsx';
import { type ReservationSummary, type State, stateOf } from './state.ts';

const t = texts({
  ko: {
    states: {
      held: '결제 대기',
      confirmed: '예매 완료',
      cancelled: '취소됨',
      expired: '시간 초과',
      late: '결제가 늦음',
    },
    due: (amount: string) => `${amount} 환불 예정`,
    refunded: '환불 완료',
    left: '남은 결제 시간',
    pieces: (n: number) => `${n}매`,
  },
  en: {
    states: {
      held: 'To be paid',
      confirmed: 'Booked',
      cancelled: 'Cancelled',
      expired: 'Not paid in time',
      late: 'Paid too late',
    },
    due: (amount) => `${amount} to be refunded`,
    refunded: 'Refunded',
    left: 'Time left to pay',
    pieces: (n) => (n === 1 ? '1 ticket' : `${n} tickets`),
  },
});

const TONES: Partial<Record<State, Tone>> = { held: 'accent', confirmed: 'good', late: 'warn' };

/** One reservation in the list. */
export function ReservationCard({ reservation }: { reservation: ReservationSummary }) {
  const { id, event_title, event_date, timezone, venue, items, total_amount, expires_at } = reservation;
  const state = stateOf(reservation, now.value);
  const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <article class="card reservation-card" data-state={state}>
      <SmallPoster of={reservation} />
      <div class="stack">
        <p class="row">
          <Badge tone={TONES[state]}>{t.value.states[state]}</Badge>
          {reservation.refund_due && (
            <Badge tone="warn">{t.value.due(won(reservation.refund_due_amount))}</Badge>
          )}
          {reservation.payment_status === 'refunded' && <Badge>{t.value.refunded}</Badge>}
        </p>
        <h2>
          <a href={`/reservations/${id}`}>{event_title}</a>
        </h2>
        <p>
          <time dateTime={event_date}>{dateText(event_date, timezone)}</time>
          <span class="soft">
            {'\u00a0'}· {venue}
          </span>
        </p>
        <p class="number soft">
          {items.map(itemName).join(' / ')} · {t.value.pieces(pieces)} · {won(total_amount)}
        </p>
        {state === 'held' && (
          <p class="left">
            {t.value.left} <Countdown to={expires_at} />
          </p>
        )}
      </div>
    </article>
  );
}
