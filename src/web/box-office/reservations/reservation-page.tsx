import { tiketi } from '../../shared/api.ts';
import { language } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';

export function ReservationPage({ id }: { id: string }) {
  return user.value ? <Reservation key={user.value.id} id={id} /> : <SignIn />;
}

function Reservation({ id }: { id: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getReservation({ id }, { signal }),
    [id, language.value],
  );
  if (error !== undefined && !value) return <Failure error={error} retry={reload} />;
  if (!value) return <Loading />;
  return <h1>{value.reservation.reservation_number}</h1>;
}
