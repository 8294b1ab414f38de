import type { OrganizerEvent } from '../../../client/index.ts';
import { count, dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { DuplicateButton } from './duplicate-button.tsx';
import { Sold } from './sold.tsx';
import { statusTexts, statusTones } from './status.ts';

const t = texts({
  ko: {
    sale: (from: string, to: string) => `판매 ${from} ~ ${to}`,
    seats: (seats: string) => `좌석 ${seats}`,
    types: (types: string) => `티켓 종류 ${types}`,
    refunds: (refunds: string, amount: string) => `환불 예정 ${refunds}건 · ${amount}`,
  },
  en: {
    sale: (from, to) => `Sale ${from} to ${to}`,
    seats: (seats) => `${seats} seats`,
    types: (types) => `${types} ticket types`,
    refunds: (refunds, amount) => `${refunds} to refund · ${amount}`,
  },
});

/** One event of the list. A draft opens where it is prepared, and any other one where its sale is seen. */
export function EventRow({ event }: { event: OrganizerEvent }) {
  const { id, title, status, timezone, venue, artist_name, seat_count, ticket_type_count, refunds_due } =
    event;
  const part = status === 'draft' ? '/settings' : '';
  const sells = [
    seat_count > 0 && t.value.seats(count(seat_count)),
    ticket_type_count > 0 && t.value.types(count(ticket_type_count)),
  ].filter(Boolean);
  return (
    <li class="event-row">
      <div class="what">
        <h2>
          <a href={`/console/events/${id}${part}`}>{title}</a>
        </h2>
        {refunds_due && (
          <p>
            <a href={`/console/events/${id}/reservations?refund_due=true`}>
              {t.value.refunds(count(refunds_due.count), won(refunds_due.amount))}
            </a>
          </p>
        )}
        <p class="soft">{[artist_name, venue].filter(Boolean).join(' · ')}</p>
      </div>
      <div class="when">
        <p>{dateText(event.event_date, timezone)}</p>
        <p class="soft small">
          {t.value.sale(dateText(event.sale_start_date, timezone), dateText(event.sale_end_date, timezone))}
        </p>
      </div>
      <div class="sells">
        <Badge tone={statusTones[status]}>{statusTexts.value[status]}</Badge>
        {status === 'on_sale' || status === 'sold_out' ? (
          <Sold eventId={id} />
        ) : (
          <p class="soft small">{sells.join(', ')}</p>
        )}
      </div>
      <DuplicateButton event={event} />
    </li>
  );
}
