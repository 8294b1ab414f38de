import { useEffect } from 'preact/hooks';
import { socket, tiketi } from '../../shared/api.ts';
import { language } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { FailedPage } from '../../ui/notice.tsx';
import { HallStep } from '../hall/hall-step.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';
import { WaitingRoom } from '../waiting-room/waiting-room.tsx';
import { TicketStep } from './ticket-step.tsx';

/** Signing in, the line, and then seats or tickets: the way from "book" to a hold. */
export function BookingPage({ id }: { id: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getEvent({ id }, { signal }),
    [id, language.value],
  );
  const userId = user.value?.id;
  useTitle(userId === undefined ? value?.event.title : undefined);
  // While they wait, an organizer may move, cancel or end the sale.
  useEffect(() => {
    if (userId === undefined) return;
    return socket().on('event-updated', ({ eventId }) => {
      if (eventId === id) reload();
    });
  }, [id, userId]);
  if (error !== undefined && !value) return <FailedPage error={error} retry={reload} />;
  if (!value) return <Loading />;
  if (userId === undefined) return <SignIn />;
  const { event, ticketTypes } = value;
  return (
    <WaitingRoom event={event} refresh={reload}>
      {event.seat_layout_id === null ? (
        <TicketStep event={event} ticketTypes={ticketTypes} />
      ) : (
        <HallStep event={event} />
      )}
    </WaitingRoom>
  );
}
