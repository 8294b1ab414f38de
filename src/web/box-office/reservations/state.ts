import type { Answer } from '../../shared/types.ts';

export type Reservation = Answer<'getReservation'>['reservation'];
export type ReservationSummary = Answer<'listMyReservations'>['reservations'][number];
export type Item = ReservationSummary['items'][number];

/** `late`: it expired, and a payment came afterwards. */
export type State = 'held' | 'confirmed' | 'cancelled' | 'expired' | 'late';

/** What each view of a reservation gets, whatever its state. */
export interface StateProps {
  reservation: Reservation;
  /** Reads it again. */
  onChange(): void;
}

type Facts = Pick<ReservationSummary, 'status' | 'payment_status' | 'refund_due' | 'expires_at'>;

/** @param now a hold is over when its time is up, even before the service is asked again */
export function stateOf({ status, payment_status, refund_due, expires_at }: Facts, now: number): State {
  if (status === 'confirmed' || status === 'cancelled') return status;
  if (refund_due || payment_status === 'refunded') return 'late';
  return status === 'pending' && Date.parse(expires_at) > now ? 'held' : 'expired';
}
