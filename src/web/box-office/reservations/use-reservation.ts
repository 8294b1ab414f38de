import { useEffect } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

/** A hold may be paid, given up or cancelled in another tab or by an organizer. The service sends no event for that. */
const FRESH_MS = 5_000;

/** A reservation, read again each 5 seconds while it is seen, and at once when it is seen or online again. */
export function useReservation(id: string) {
  const loaded = useLoaded((signal) => tiketi().getReservation({ id }, { signal }), [id]);
  const { reload } = loaded;
  useEffect(() => {
    const whenSeen = () => {
      if (!document.hidden && navigator.onLine) reload();
    };
    const timer = setInterval(whenSeen, FRESH_MS);
    document.addEventListener('visibilitychange', whenSeen);
    addEventListener('online', whenSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', whenSeen);
      removeEventListener('online', whenSeen);
    };
  }, [reload]);
  return { ...loaded, reservation: loaded.value?.reservation };
}
