import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { PageEnd } from '../../ui/page-end.tsx';
import type { PartProps } from '../part-props.ts';
import { Exports } from './exports.tsx';
import { FilterForm } from './filter-form.tsx';
import { ReservationList } from './reservation-list.tsx';
import { type ReservationFilter, useReservationPages } from './use-reservation-pages.ts';

const t = texts({
  ko: {
    title: '예매 내역',
    nothing: '조건에 맞는 예매가 없어요.',
    shown: (n: string) => `예매 ${n}건을 보고 있어요`,
  },
  en: {
    title: 'Reservations',
    nothing: 'No reservation matches.',
    shown: (n) => `Showing ${n} reservations`,
  },
});

/** The reservations of an event, newest first. The address keeps the filter, so that the back button finds it again. */
export function EventReservations({ event: { id, timezone, ticket_type_count } }: PartProps) {
  const { query, path, route } = useLocation();
  const filter = query as ReservationFilter;
  const pages = useReservationPages(id, filter);
  const { items: reservations } = pages;
  const types = useLoaded(
    async (signal) =>
      ticket_type_count === 0
        ? []
        : (await tiketi().listOrganizerTicketTypes({ id }, { signal })).ticket_types,
    [id],
  );
  const apply = (next: ReservationFilter) => {
    const search = new URLSearchParams(next as Record<string, string>);
    route(search.size > 0 ? `${path}?${search}` : path, true);
  };
  return (
    <div class="stack">
      <h2>{t.value.title}</h2>
      <FilterForm filter={filter} timezone={timezone} ticketTypes={types.value ?? []} onApply={apply} />
      {reservations && reservations.length > 0 && (
        <>
          <p class="soft small" role="status">
            {t.value.shown(count(reservations.length))}
          </p>
          <ReservationList reservations={reservations} timezone={timezone} />
        </>
      )}
      <PageEnd pages={pages} empty={t.value.nothing} />
      <Exports eventId={id} />
    </div>
  );
}
