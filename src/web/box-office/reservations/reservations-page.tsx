import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import { Failure } from '../../ui/notice.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';
import { ReservationCard } from './reservation-card.tsx';
import type { ReservationSummary } from './state.ts';

const t = texts({
  ko: {
    title: '내 예매',
    empty: '아직 예매한 공연이 없어요.',
    emptyAbout: '마음에 드는 공연을 예매하면 여기에 티켓이 모여요.',
    events: '공연 둘러보기',
    more: '이전 예매 더 보기',
  },
  en: {
    title: 'My reservations',
    empty: 'You have no reservations yet.',
    emptyAbout: 'Book an event, and your tickets will be here.',
    events: 'See all events',
    more: 'Earlier reservations',
  },
});

export function ReservationsPage() {
  useTitle(t.value.title);
  return user.value ? <Reservations key={user.value.id} /> : <SignIn />;
}

function Reservations() {
  const { value, error, reload } = useLoaded((signal) => tiketi().listMyReservations({}, { signal }), []);
  return (
    <div class="stack checkout">
      <h1>{t.value.title}</h1>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {!value && error === undefined && <Loading />}
      {value?.reservations.length === 0 && <Empty />}
      {value && value.reservations.length > 0 && (
        <Pages first={value.reservations} cursor={value.nextCursor} key={value.nextCursor} />
      )}
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

/** The newest reservations, and earlier ones page by page. */
function Pages({ first, cursor }: { first: readonly ReservationSummary[]; cursor: string | null }) {
  const [earlier, setEarlier] = useState<readonly ReservationSummary[]>([]);
  const [next, setNext] = useState(cursor);
  const [busy, setBusy] = useState(false);
  const readMore = async () => {
    setBusy(true);
    try {
      const page = await tiketi().listMyReservations({ cursor: next ?? '' });
      setEarlier((known) => [...known, ...page.reservations]);
      setNext(page.nextCursor);
    } catch (error) {
      sayProblem(error);
    }
    setBusy(false);
  };
  return (
    <>
      <ul class="reservations">
        {[...first, ...earlier].map((reservation) => (
          <li key={reservation.id}>
            <ReservationCard reservation={reservation} />
          </li>
        ))}
      </ul>
      {next !== null && (
        <div>
          <Button busy={busy} onClick={readMore}>
            {t.value.more}
          </Button>
        </div>
      )}
    </>
  );
}
