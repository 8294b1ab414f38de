import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { usePages } from '../../shared/use-pages.ts';
import { useTitle } from '../../shared/use-title.ts';
import { LinkButton } from '../../ui/button.tsx';
import { PageEnd } from '../../ui/page-end.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';
import { ReservationCard } from './reservation-card.tsx';
import type { ReservationSummary } from './state.ts';

const t = texts({
  ko: {
    title: '내 예매',
    empty: '아직 예매한 공연이 없어요.',
    emptyAbout: '마음에 드는 공연을 예매하면 여기에 티켓이 모여요.',
    events: '공연 둘러보기',
  },
  en: {
    title: 'My tickets',
    empty: 'You have no reservations yet.',
    emptyAbout: 'Book an event, and your tickets will be here.',
    events: 'See all events',
  },
});

export function ReservationsPage() {
  useTitle(t.value.title);
  return user.value ? <Reservations key={user.value.id} /> : <SignIn />;
}

function Reservations() {
  const pages = usePages<ReservationSummary>(async (cursor, signal) => {
    const input = cursor === undefined ? {} : { cursor };
    const { reservations, nextCursor } = await tiketi().listMyReservations(input, { signal });
    return { items: reservations, nextCursor };
  }, []);
  const { items } = pages;
  return (
    <div class="stack checkout">
      <h1>{t.value.title}</h1>
      {items && items.length > 0 && (
        <ul class="reservations">
          {items.map((reservation) => (
            <li key={reservation.id}>
              <ReservationCard reservation={reservation} />
            </li>
          ))}
        </ul>
      )}
      {items?.length === 0 ? <Empty /> : <PageEnd pages={pages} empty={t.value.empty} />}
    </div>
  );
}

function Empty() {
  return (
    <section class="card stack empty">
      <h2>{t.value.empty}</h2>
      <p class="soft">{t.value.emptyAbout}</p>
      <div>
        <LinkButton look="primary" href="/">
          {t.value.events}
        </LinkButton>
      </div>
    </section>
  );
}
