import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { TiketiError, type WatchedSeat } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { returnToLine } from '../waiting-room/return-to-line.ts';
import type { Wish } from './best-together.tsx';
import { isUnanswered, SafeHold } from './hold.ts';

interface Held {
  reservation: { id: string };
}

/** Holds seats, and goes on to the reservation. */
export function useHold(eventId: string) {
  const { route } = useLocation();
  const safe = useRef(new SafeHold()).current;
  const [isHolding, setIsHolding] = useState(false);
  const [error, setError] = useState<unknown>();
  const last = useRef<() => Promise<Held>>(undefined);

  async function hold(send: () => Promise<Held>): Promise<void> {
    last.current = send;
    setIsHolding(true);
    setError(undefined);
    try {
      const { reservation } = await send();
      route(`/reservations/${reservation.id}`);
    } catch (failure) {
      if (failure instanceof TiketiError && failure.code === 'QUEUE_REQUIRED') returnToLine();
      else setError(failure);
      // Not after a success: the seats that go then are the buyer's own.
      setIsHolding(false);
    }
  }

  return {
    isHolding,
    error,
    /** The seats that go now may be the buyer's own. */
    isOpen: isHolding || (error !== undefined && isUnanswered(error)),
    retry: () => last.current && void hold(last.current),
    forgetError: () => setError(undefined),
    holdSeats(seats: readonly WatchedSeat[]) {
      const seatIds = seats.map(({ id }) => id).sort();
      return hold(() =>
        safe.send(seatIds.join(), (options) => tiketi().reserveSeats({ eventId, seatIds }, options)),
      );
    },
    holdBest(wish: Wish) {
      return hold(() =>
        safe.send(JSON.stringify(wish), (options) =>
          tiketi().holdBestAvailable({ eventId, ...wish }, options),
        ),
      );
    },
  };
}
