import { useEffect, useState } from 'preact/hooks';
import type { TiketiError, WatchedSeat } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { serviceTime } from '../../shared/clock.ts';
import { FRESH_MS } from './seat-states.ts';

/** The failures after which a watch ends. */
const FINAL: readonly string[] = ['EVENT_NOT_FOUND', 'SEAT_MAP_NOT_FOUND', 'VALIDATION_FAILED'];

export interface LiveSeats {
  /** Another list after each change, at most once a frame. */
  seats?: readonly WatchedSeat[];
  /** When the seats of the last minute were sold, as far as the page saw it. */
  soldAt: ReadonlyMap<string, number>;
  error?: TiketiError;
}

/**
 * The seats of an event as they are now. After any other failure the watch goes on by itself.
 *
 * @param eventId undefined for a draft, which is not public
 */
export function useLiveSeats(eventId: string | undefined): LiveSeats {
  const [state, setState] = useState<LiveSeats>({ soldAt: new Map() });
  useEffect(() => {
    if (eventId === undefined) return;
    const soldAt = new Map<string, number>();
    let frame = 0;
    const show = () => {
      frame = 0;
      for (const [id, at] of soldAt) if (serviceTime() - at > FRESH_MS) soldAt.delete(id);
      setState({ seats: [...watch.seats], soldAt });
    };
    const watch = tiketi().watchSeats(eventId, {
      onChange({ seats, whole }) {
        for (const { id, status } of whole ? [] : seats) {
          if (status === 'reserved') soldAt.set(id, serviceTime());
          else soldAt.delete(id);
        }
        frame ||= requestAnimationFrame(show);
      },
      onError(error) {
        if (FINAL.includes(error.code)) setState((last) => ({ ...last, error }));
      },
    });
    return () => {
      cancelAnimationFrame(frame);
      watch.close();
    };
  }, [eventId]);
  return state;
}
