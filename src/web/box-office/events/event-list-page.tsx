import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { language, texts } from '../../shared/language.ts';
import type { EventSummary } from '../../shared/types.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { EventCard } from './event-card.tsx';
import { EventSearch } from './event-search.tsx';
import { addressOf, PAGE, viewOf } from './list-address.ts';
import { useLive } from './use-live.ts';

const t = texts({
  ko: {
    title: '공연',
    found: (total: number) => `공연 ${count(total)}개`,
    none: '조건에 맞는 공연이 없어요.',
    all: '전체 공연 보기',
    more: (left: number) => `더 보기 (${count(left)}개 남음)`,
  },
  en: {
    title: 'Events',
    found: (total) => (total === 1 ? '1 event' : `${count(total)} events`),
    none: 'No event matches your search.',
    all: 'Show all events',
    more: (left) => `Show more (${count(left)} left)`,
  },
});

const timesOf = ({ sale_start_date, sale_end_date, event_date }: EventSummary) => [
  sale_start_date,
  sale_end_date,
  event_date,
];

export function EventListPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const { q, status, show } = view;
  const { value, error, isOld, reload } = useLive(
    (signal) =>
      tiketi().listEvents({ limit: show, ...(q !== '' && { q }), ...(status && { status }) }, { signal }),
    [q, status ?? '', show, language.value],
    ({ events }) => events.flatMap(timesOf),
  );
  useTitle(t.value.title);

  const list = useRef<HTMLUListElement>(null);
  /** The first event that "show more" adds: where a keyboard goes on. */
  const next = useRef<number | undefined>(undefined);
  const shown = value?.events.length ?? 0;
  useEffect(() => {
    if (next.current === undefined || shown <= next.current) return;
    list.current?.querySelectorAll('a')[next.current]?.focus();
    next.current = undefined;
  }, [shown]);
  const showMore = () => {
    next.current = shown;
    route(addressOf({ ...view, show: show + PAGE }), true);
  };

  const total = value?.pagination.total ?? 0;
  return (
    <div class="stack event-list">
      <div class="heading">
        <h1>{t.value.title}</h1>
        <p class="soft" role="status">
          {value && t.value.found(total)}
        </p>
      </div>
      <EventSearch view={view} />
      {error !== undefined && !value && <Failure error={error} retry={reload} />}
      {!value && error === undefined && <Loading />}
      {value && total === 0 && (
        <div class="stack empty">
          <p>{t.value.none}</p>
          {(q !== '' || status) && (
            <div>
              <LinkButton href="/">{t.value.all}</LinkButton>
            </div>
          )}
        </div>
      )}
      <ul class="events" ref={list} aria-busy={isOld}>
        {value?.events.map((event, index) => (
          <EventCard key={event.id} event={event} isFirst={index < 6} />
        ))}
      </ul>
      {shown < total && (
        <Button busy={isOld} onClick={showMore}>
          {t.value.more(total - shown)}
        </Button>
      )}
    </div>
  );
}
