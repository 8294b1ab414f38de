import { dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { SmallPoster } from './small-poster.tsx';
import type { ReservationSummary } from './state.ts';

const t = texts({
  ko: { when: '일시', where: '장소', number: '예매번호' },
  en: { when: 'When', where: 'Where', number: 'Number' },
});

type Facts = Pick<
  ReservationSummary,
  'event_id' | 'event_title' | 'event_date' | 'timezone' | 'venue' | 'poster_image_url' | 'reservation_number'
> & { address?: string | null };

/** What was booked: poster, title, time and place. */
export function EventFacts({ event }: { event: Facts }) {
  const { event_id, event_title, event_date, timezone, venue, address, reservation_number } = event;
  return (
    <section class="event-facts">
      <SmallPoster of={event} />
      <h2>
        <a href={`/events/${event_id}`}>{event_title}</a>
      </h2>
      <dl>
        <dt>{t.value.when}</dt>
        <dd>
          <time dateTime={event_date}>{dateText(event_date, timezone)}</time>
        </dd>
        <dt>{t.value.where}</dt>
        <dd>
          {venue}
          {address && <span class="soft"> {address}</span>}
        </dd>
        <dt>{t.value.number}</dt>
        <dd class="number">{reservation_number}</dd>
      </dl>
    </section>
  );
}
