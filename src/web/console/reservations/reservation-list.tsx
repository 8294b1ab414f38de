import type { FoundReservation } from '../../../client/index.ts';
import { dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { itemText, statusTexts, statusTones } from './reservation-texts.ts';

const t = texts({
  ko: {
    refund: (amount: string) => `환불 예정 ${amount}`,
    more: (n: number) => `외 ${n}건`,
  },
  en: {
    refund: (amount) => `${amount} to refund`,
    more: (n) => `and ${n} more`,
  },
});

const SHOWN_ITEMS = 4;

export function ReservationList({
  reservations,
  timezone,
}: {
  reservations: readonly FoundReservation[];
  timezone: string;
}) {
  return (
    <ul class="card reservation-rows">
      {reservations.map((reservation) => (
        <ReservationRow key={reservation.id} reservation={reservation} timezone={timezone} />
      ))}
    </ul>
  );
}

function ReservationRow({ reservation, timezone }: { reservation: FoundReservation; timezone: string }) {
  const { id, reservation_number, status, items, total_amount, created_at, refund_due_amount } = reservation;
  const hidden = items.length - SHOWN_ITEMS;
  return (
    <li class="reservation-row">
      <div>
        <a class="number" href={`/console/reservations/${id}`}>
          {reservation_number}
        </a>
        <p class="soft small">{dateText(created_at, timezone)}</p>
      </div>
      <p>
        {items.slice(0, SHOWN_ITEMS).map(itemText).join(', ')} {hidden > 0 && t.value.more(hidden)}
      </p>
      <div class="row">
        <Badge tone={statusTones[status]}>{statusTexts.value[status]}</Badge>
        {refund_due_amount > 0 && <Badge tone="warn">{t.value.refund(won(refund_due_amount))}</Badge>}
      </div>
      <strong class="number">{won(total_amount)}</strong>
    </li>
  );
}
