import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { ReservationList } from './reservation-list.tsx';

const t = texts({
  ko: {
    title: '예매 찾기',
    number: '예매번호',
    hint: '구매자의 예매 내역과 티켓에 있는 번호예요. 대문자와 소문자를 가리지 않아요.',
    find: '찾기',
    nothing: (number: string) => `예매번호 ${number}인 예매가 없어요. 번호를 다시 확인해 주세요.`,
  },
  en: {
    title: 'Find a reservation',
    number: 'Reservation number',
    hint: 'It is in the buyer’s reservations and on the ticket. Capital or small letters make no difference.',
    find: 'Find',
    nothing: (number) => `There is no reservation ${number}. Check the number.`,
  },
});

/** A reservation of any event by its number. The address keeps the number, so that the back button finds it again. */
export function FindReservationPage() {
  const { query, route } = useLocation();
  const { number } = query;
  const [typed, setTyped] = useState(number ?? '');
  useTitle(t.value.title);
  const submit = (event: Event) => {
    event.preventDefault();
    const search = new URLSearchParams({ number: typed.trim() });
    if (typed.trim() !== '') route(`/console/reservations?${search}`, true);
  };
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <form class="row find-reservation" onSubmit={submit}>
        <Field label={t.value.number} hint={t.value.hint}>
          <input
            autoComplete="off"
            spellcheck={false}
            maxLength={40}
            required
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </Field>
        <Button look="primary" type="submit">
          {t.value.find}
        </Button>
      </form>
      {number && <Found number={number} />}
    </div>
  );
}

function Found({ number }: { number: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().findReservations({ number }, { signal }),
    [number],
  );
  if (error !== undefined && !value) return <Failure error={error} retry={reload} />;
  if (!value) return <Loading />;
  if (value.reservations.length === 0) return <Notice>{t.value.nothing(number)}</Notice>;
  return <ReservationList reservations={value.reservations} timezone={ownTimezone} />;
}
