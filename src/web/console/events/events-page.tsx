import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { PageEnd } from '../../ui/page-end.tsx';
import { EventRow } from './event-row.tsx';
import { STATUSES, statusTexts } from './status.ts';
import { type EventFilter, useEventPages } from './use-event-pages.ts';

const t = texts({
  ko: {
    title: '이벤트',
    create: '새 이벤트',
    search: '제목, 출연, 장소로 찾기',
    status: '상태',
    all: '전체',
    refundDue: '환불 예정',
    nothing: '아직 이벤트가 없어요. 첫 이벤트를 만들어 보세요.',
    notFound: '조건에 맞는 이벤트가 없어요.',
    reset: '조건 지우기',
    shown: (shown: string) => `${shown}개를 보고 있어요`,
  },
  en: {
    title: 'Events',
    create: 'New event',
    search: 'Search by title, artist or venue',
    status: 'Status',
    all: 'All',
    refundDue: 'Refunds due',
    nothing: 'There are no events yet. Create the first one.',
    notFound: 'No event matches.',
    reset: 'Show all',
    shown: (shown) => `Showing ${shown}`,
  },
});

const TYPING_MS = 250;

/** The organizer's events in every state. The address keeps the filter, so that the back button finds it again. */
export function EventsPage() {
  const { query, route } = useLocation();
  const status = STATUSES.find((each) => each === query.status);
  const filter: EventFilter = { status, q: query.q ?? '', refundDue: query.refund_due === 'true' };
  const pages = useEventPages(filter);
  const { items: events } = pages;
  const [typed, setTyped] = useState(filter.q);
  useTitle(t.value.title);

  const open = (next: EventFilter) => {
    const search = new URLSearchParams();
    if (next.refundDue) search.set('refund_due', 'true');
    if (next.status) search.set('status', next.status);
    if (next.q.trim() !== '') search.set('q', next.q.trim());
    route(search.size > 0 ? `/console?${search}` : '/console', true);
  };
  // The search begins when the typing pauses.
  useEffect(() => {
    if (typed.trim() === filter.q) return;
    const timer = setTimeout(() => open({ ...filter, q: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const isFiltered = status !== undefined || filter.refundDue || filter.q !== '';
  return (
    <div class="stack">
      <div class="row">
        <h1>{t.value.title}</h1>
        <span class="push-end">
          <LinkButton look="primary" href="/console/events/new">
            {t.value.create}
          </LinkButton>
        </span>
      </div>
      <div class="event-filter">
        <input
          type="search"
          aria-label={t.value.search}
          placeholder={t.value.search}
          maxLength={100}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <fieldset class="row chips" aria-label={t.value.status}>
          {[undefined, ...STATUSES].map((each) => (
            <label key={each ?? 'all'} class="chip">
              <input
                type="radio"
                name="status"
                checked={each === status}
                onChange={() => open({ ...filter, status: each, q: typed })}
              />
              {each ? statusTexts.value[each] : t.value.all}
            </label>
          ))}
          <label class="chip">
            <input
              type="checkbox"
              checked={filter.refundDue}
              onChange={({ currentTarget }) =>
                open({ ...filter, q: typed, refundDue: currentTarget.checked })
              }
            />
            {t.value.refundDue}
          </label>
        </fieldset>
      </div>
      {events && events.length > 0 && (
        <>
          <p class="visually-hidden" role="status">
            {t.value.shown(count(events.length))}
          </p>
          <ul class="card event-rows">
            {events.map((event) => (
              <EventRow key={event.id} event={event} />
            ))}
          </ul>
        </>
      )}
      <PageEnd pages={pages} empty={isFiltered ? t.value.notFound : t.value.nothing}>
        {isFiltered && (
          <Button
            size="small"
            onClick={() => {
              setTyped('');
              open({ status: undefined, q: '', refundDue: false });
            }}
          >
            {t.value.reset}
          </Button>
        )}
      </PageEnd>
    </div>
  );
}
