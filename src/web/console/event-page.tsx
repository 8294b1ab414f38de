import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { CrowdPanel } from '../crowd/crowd-panel.tsx';
import { tiketi } from '../shared/api.ts';
import { serviceTime } from '../shared/clock.ts';
import { texts } from '../shared/language.ts';
import { useLoaded } from '../shared/use-loaded.ts';
import { useTitle } from '../shared/use-title.ts';
import { Badge } from '../ui/badge.tsx';
import { Loading } from '../ui/loading.tsx';
import { NotFoundPage } from '../ui/not-found-page.tsx';
import { FailedPage } from '../ui/notice.tsx';
import { EventSettings } from './events/event-settings.tsx';
import { statusTexts, statusTones } from './events/status.ts';
import { TicketTypes } from './events/ticket-types.tsx';
import type { PartProps } from './part-props.ts';
import { QueueControl } from './queue/queue-control.tsx';
import { EventReservations } from './reservations/event-reservations.tsx';
import { HeatMap } from './sales/heat-map.tsx';
import { SalesBoard } from './sales/sales-board.tsx';
import { SeatEditor } from './seats/seat-editor.tsx';

const t = texts({
  ko: {
    sales: '판매 현황',
    hall: '좌석',
    seats: '좌석 편집',
    queue: '대기열',
    tickets: '티켓 종류',
    reservations: '예매',
    settings: '설정',
    parts: '이벤트 메뉴',
  },
  en: {
    sales: 'Sales',
    hall: 'Hall',
    seats: 'Edit seats',
    queue: 'Waiting room',
    tickets: 'Ticket types',
    reservations: 'Reservations',
    settings: 'Settings',
    parts: 'Parts of the event',
  },
});

const PARTS = {
  sales: SalesBoard,
  hall: HeatMap,
  seats: SeatEditor,
  queue: QueueControl,
  tickets: TicketTypes,
  reservations: EventReservations,
  settings: EventSettings,
} satisfies Record<string, ComponentType<PartProps>>;

/** On a phone the tabs are wider than the page. */
function showTab(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
}

type OrganizerEvent = PartProps['event'];

/** A longer timer would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The status of an event follows the clock, so the event is read again when its sale starts or ends. Not under an unsaved form. */
function useTurnOfStatus(event: OrganizerEvent | undefined, part: string, reload: () => void): void {
  useEffect(() => {
    if (!event || part === 'settings') return;
    const { sale_start_date, sale_end_date, event_date } = event;
    const turns = [sale_start_date, sale_end_date, event_date].map(
      (time) => Date.parse(time) - serviceTime(),
    );
    const next = Math.min(...turns.filter((left) => left > 0));
    const timer = setTimeout(reload, Math.min(next + 1_000, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  }, [event, part, reload]);
}

/** One event, with a tab for each part of its work. */
export function EventPage({ id, part = 'sales' }: { id: string; part?: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getOrganizerEvent({ id }, { signal }),
    [id],
  );
  useTitle(value?.event.title);
  useTurnOfStatus(value?.event, part, reload);
  if (error !== undefined && !value) return <FailedPage error={error} retry={reload} />;
  if (!value) return <Loading />;
  const Part = PARTS[part as keyof typeof PARTS];
  if (!Part) return <NotFoundPage />;
  const { status } = value.event;
  return (
    <div class="stack">
      <div class="row">
        <h1>{value.event.title}</h1>
        <Badge tone={statusTones[status]}>{statusTexts.value[status]}</Badge>
      </div>
      <nav class="tabs" aria-label={t.value.parts}>
        {(Object.keys(PARTS) as (keyof typeof PARTS)[]).map((each) => (
          <a
            key={each}
            href={`/console/events/${id}/${each}`}
            aria-current={each === part ? 'page' : undefined}
            ref={each === part ? showTab : null}
          >
            {t.value[each]}
          </a>
        ))}
      </nav>
      <Part event={value.event} reload={reload} />
      {part !== 'settings' && <CrowdPanel eventId={id} />}
    </div>
  );
}
