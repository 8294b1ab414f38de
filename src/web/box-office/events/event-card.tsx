import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventSummary } from '../../shared/types.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { Poster } from './poster.tsx';
import { priceText } from './prices.ts';
import { StatusBadge } from './status-badge.tsx';

const t = texts({
  ko: { opensIn: '오픈까지', noPrice: '가격 미정' },
  en: { opensIn: 'Opens in', noPrice: 'Price to be announced' },
});

export function EventCard({ event, isFirst }: { event: EventSummary; isFirst: boolean }) {
  const { id, title, artist_name, venue, event_date, timezone, status, min_price, max_price } = event;
  return (
    <li class="event-card" data-status={status}>
      <div class="frame">
        <Poster event={event} isFirst={isFirst} />
        <StatusBadge status={status} />
      </div>
      <h2>
        <a href={`/events/${id}`}>{title}</a>
      </h2>
      <p class="soft">{artist_name === null ? venue : `${artist_name} · ${venue}`}</p>
      <p class="soft">{dateText(event_date, timezone)}</p>
      <p class="price number">
        {min_price === null || max_price === null ? t.value.noPrice : priceText(min_price, max_price)}
      </p>
      {status === 'upcoming' && (
        <p class="opening">
          {t.value.opensIn} <Countdown to={event.sale_start_date} />
        </p>
      )}
    </li>
  );
}
