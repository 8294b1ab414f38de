import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { TiketiError, type WatchedSeat } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { returnToLine } from '../waiting-room/return-to-line.ts';
import type { Wish } from './best-together.tsx';
import { SafeHold } from './hold.ts';

/** Holds seats, and goes on to the reservation. */
export function useHold(eventId: string) {
  const { route } = useLocation();
  const safe = useRef(new SafeHold()).current;
  const [isHolding, setIsHolding] = useState(false);
  const [error, setError] = useState<unknown>();

  async function hold(held: Promise<{ reservation: { id: string } }>): Promise<void> {
    setIsHolding(true);
    setError(undefined);
    try {
      const { reservation } = await held;
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
    forgetError: () => setError(undefined),
    holdSeats(seats: readonly WatchedSeat[]) {
      const seatIds = seats.map(({ id }) => id).sort();
      return hold(
        safe.send(seatIds.join(), (options) => tiketi().reserveSeats({ eventId, seatIds }, options)),
      );
    },
    holdBest(wish: Wish) {
      return hold(
        safe.send(JSON.stringify(wish), (options) =>
          tiketi().holdBestAvailable({ eventId, ...wish }, options),
        ),
      );
    },
  };
}
