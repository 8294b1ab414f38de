import { useEffect } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

/** A hold may be paid, given up or cancelled in another tab or by an organizer. The service sends no event for that. */
const FRESH_MS = 5_000;

/** A reservation, read again 5 seconds after each answer while it is seen, and at once when it is seen or online again. */
export function useReservation(id: string) {
  const loaded = useLoaded((signal) => tiketi().getReservation({ id }, { signal }), [id]);
  const { reload, value, error } = loaded;
  const isAnswered = value !== undefined || error !== undefined;
  // From an answer to the next question: on a slow line, a question must not be given up for the next one.
  // Each answer starts the time anew.
  useEffect(() => {
    const whenSeen = () => {
      if (!document.hidden && navigator.onLine) reload();
    };
    const timer = isAnswered ? setTimeout(whenSeen, FRESH_MS) : undefined;
    document.addEventListener('visibilitychange', whenSeen);
    addEventListener('online', whenSeen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', whenSeen);
      removeEventListener('online', whenSeen);
    };
  }, [reload, value, error]);
  return { ...loaded, reservation: loaded.value?.reservation };
}
