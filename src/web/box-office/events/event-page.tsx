import { CrowdPanel } from '../../crowd/crowd-panel.tsx';
import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import type { Answer } from '../../shared/types.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage } from '../../ui/notice.tsx';
import { EventFacts } from './event-facts.tsx';
import { HallPrices } from './hall-prices.tsx';
import { Poster } from './poster.tsx';
import { SalePanel } from './sale-panel.tsx';
import { StatusBadge } from './status-badge.tsx';
import { TicketOffers } from './ticket-offers.tsx';
import { useLive } from './use-live.ts';
import { useStock } from './use-stock.ts';

const t = texts({
  ko: { back: '← 공연 목록', about: '공연 소개' },
  en: { back: '← All events', about: 'About' },
});

type Shown = Answer<'getEvent'>;

/** When the sale of the event, or of one of its ticket types, starts and ends. */
const timesOf = ({ event, ticketTypes }: Shown) => [
  event.sale_start_date,
  event.sale_end_date,
  event.event_date,
  ...ticketTypes.flatMap(({ sale_start_date, sale_end_date }) => [sale_start_date, sale_end_date]),
];

export function EventPage({ id }: { id: string }) {
  const { value, error, isOld, reload } = useLive(
    (signal) => tiketi().getEvent({ id }, { signal }),
    [id, language.value],
    timesOf,
  );
  const shown = isOld && value?.event.id !== id ? undefined : value;
  useTitle(shown?.event.title);
  if (shown) return <Event key={id} {...shown} />;
  if (error === undefined) return <Loading />;
  return <FailedPage error={error} retry={reload} />;
}

function Event({ event, ticketTypes }: Shown) {
  return (
    <article class="event-page">
      <a class="back" href="/">
        {t.value.back}
      </a>
      <header class="stack">
        <div>
          <StatusBadge status={event.status} />
        </div>
        <h1>{event.title}</h1>
        {event.artist_name && <p class="artist">{event.artist_name}</p>}
      </header>
      <div class="poster-side">
        <Poster event={event} isFirst />
      </div>
      <SalePanel event={event} />
      <div class="stack details">
        <EventFacts event={event} />
        {event.seat_layout_id === null ? (
          <LiveOffers event={event} ticketTypes={ticketTypes} />
        ) : (
          <HallPrices eventId={event.id} />
        )}
        {event.description && (
          <section class="stack">
            <h2>{t.value.about}</h2>
            <p class="description">{event.description}</p>
          </section>
        )}
        <CrowdPanel eventId={event.id} />
      </div>
    </article>
  );
}

function LiveOffers({ event: { id, timezone }, ticketTypes }: Pick<Shown, 'event' | 'ticketTypes'>) {
  return <TicketOffers ticketTypes={ticketTypes} stock={useStock(id)} timezone={timezone} />;
}
