import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';

const t = texts({ ko: { title: '내 예매' }, en: { title: 'My reservations' } });

export function ReservationsPage() {
  useTitle(t.value.title);
  return user.value ? <Reservations key={user.value.id} /> : <SignIn />;
}

function Reservations() {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().listMyReservations({}, { signal }),
    [language.value],
  );
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {!value && error === undefined && <Loading />}
      <ul class="stack">
        {value?.reservations.map(({ id, reservation_number }) => (
          <li key={id} class="card">
            <a href={`/reservations/${id}`}>{reservation_number}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
