import { useEffect, useState } from 'preact/hooks';
import type { SeatWatch, TiketiError, WatchedSeat } from '../../../client/index.ts';
import { socket, tiketi } from '../../shared/api.ts';
import { reconnecting } from '../../ui/connection.tsx';

/** The failures after which a watch ends. */
const FINAL: readonly string[] = ['EVENT_NOT_FOUND', 'SEAT_MAP_NOT_FOUND', 'VALIDATION_FAILED'];

/** The seats of an event as they are now: another list after each change, at most once a frame. */
export function useSeats(eventId: string): { seats?: readonly WatchedSeat[]; error?: TiketiError } {
  const [state, setState] = useState<{ seats?: readonly WatchedSeat[]; error?: TiketiError }>({});
  useEffect(() => {
    let frame = 0;
    let isOpen = true;
    const show = () => {
      frame = 0;
      if (isOpen) setState({ seats: [...watch.seats] });
    };
    const connection = socket();
    const recover = () => {
      reconnecting.value = false;
    };
    const watch: SeatWatch = tiketi().watchSeats(eventId, {
      socket: connection,
      onChange() {
        recover();
        frame ||= requestAnimationFrame(show);
      },
      onError(error) {
        if (FINAL.includes(error.code)) setState({ error });
        else reconnecting.value = true;
      },
    });
    const listeners = [
      connection.on('disconnect', () => {
        reconnecting.value = true;
      }),
      connection.on('seats-joined', recover),
    ];
    return () => {
      isOpen = false;
      cancelAnimationFrame(frame);
      for (const remove of listeners) remove();
      watch.close();
      recover();
    };
  }, [eventId]);
  return state;
}
