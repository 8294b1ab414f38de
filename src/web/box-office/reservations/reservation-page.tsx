import { now } from '../../shared/clock.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage } from '../../ui/notice.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';
import { Ended } from './ended.tsx';
import { Hold } from './hold.tsx';
import { type StateProps, stateOf } from './state.ts';
import { Ticket } from './ticket.tsx';
import { useReservation } from './use-reservation.ts';

const t = texts({ ko: { mine: '내 예매' }, en: { mine: 'My tickets' } });

export function ReservationPage({ id }: { id: string }) {
  return user.value ? <Loaded key={user.value.id} id={id} /> : <SignIn />;
}

function Loaded({ id }: { id: string }) {
  const { reservation, error, reload } = useReservation(id);
  useTitle(reservation?.event_title ?? t.value.mine);
  if (error !== undefined && !reservation) return <FailedPage error={error} retry={reload} />;
  if (!reservation) return <Loading />;
  return (
    <div class="stack checkout">
      <p>
        <a href="/reservations">← {t.value.mine}</a>
      </p>
      <InState reservation={reservation} onChange={reload} />
    </div>
  );
}

function InState(props: StateProps) {
  const state = stateOf(props.reservation, now.value);
  if (state === 'held') return <Hold {...props} />;
  if (state === 'confirmed') return <Ticket {...props} />;
  return <Ended {...props} state={state} />;
}
