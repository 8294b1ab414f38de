import type { WatchedSeat } from '../../../client/index.ts';
import { type Look, markOf, TAKEN_COLOR, type Theme } from '../../hall/look.ts';

/** `fresh`: sold in the last minute, while this page was open. */
export type SeatState = 'sold' | 'fresh' | 'held' | 'free' | 'blocked';

export const SEAT_STATES: SeatState[] = ['sold', 'fresh', 'held', 'free', 'blocked'];

/** How long a sale is shown as fresh. */
export const FRESH_MS = 60_000;

/** Colors of Okabe and Ito, which people with any kind of color blindness tell apart; the shapes differ as well. */
const LOOKS: Record<SeatState, { shape: Look['shape']; light: string; dark: string }> = {
  sold: { shape: 'full', light: '#0072b2', dark: '#3d9be0' },
  fresh: { shape: 'full', light: '#d55e00', dark: '#f0782a' },
  held: { shape: 'hollow', light: '#a86f00', dark: '#f0b022' },
  free: { shape: 'small', ...TAKEN_COLOR },
  blocked: { shape: 'crossed', light: '#6d6862', dark: '#8d8d96' },
};

/** Buyers see blocked seats as sold: which ones are blocked is known from the organizer's API. */
export function stateOf(
  { id, status }: Pick<WatchedSeat, 'id' | 'status'>,
  blocked: ReadonlySet<string>,
  soldAt: ReadonlyMap<string, number>,
  now: number,
): SeatState {
  if (status === 'available') return 'free';
  if (status === 'locked') return 'held';
  if (blocked.has(id)) return 'blocked';
  return now - (soldAt.get(id) ?? 0) < FRESH_MS ? 'fresh' : 'sold';
}

/** How each seat is drawn: the same object for the same look. */
export function seatLooks<Seat extends Pick<WatchedSeat, 'attributes'>>(
  theme: Theme,
  state: (seat: Seat) => SeatState,
  isChosen: (seat: Seat) => boolean,
): (seat: Seat) => Look {
  const known = new Map<string, Look>();
  return (seat) => {
    const own = LOOKS[state(seat)];
    const shape = isChosen(seat) ? 'chosen' : own.shape;
    const { mark } = markOf(seat);
    const key = `${own[theme]} ${shape} ${mark}`;
    const look = known.get(key) ?? { color: own[theme], shape, ...(mark && { mark }) };
    known.set(key, look);
    return look;
  };
}

export function countStates<Seat>(
  seats: Iterable<Seat>,
  state: (seat: Seat) => SeatState,
): Record<SeatState, number> {
  const counts = { sold: 0, fresh: 0, held: 0, free: 0, blocked: 0 };
  for (const seat of seats) counts[state(seat)] += 1;
  return counts;
}
