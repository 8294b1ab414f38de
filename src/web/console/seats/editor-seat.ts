import type { SeatAttribute, WatchedSeat } from '../../../client/index.ts';
import type { HallSeat } from '../../hall/hall-seat.ts';
import type { Answer } from '../../shared/types.ts';

/** In the order of the service's codes. */
export const STATES = ['free', 'held', 'sold', 'blocked'] as const;
export type SeatState = (typeof STATES)[number];

export const ATTRIBUTES = ['accessible', 'companion', 'restricted_view'] as const;

export interface Block {
  id: string;
  reason: string;
  release_at: string | null;
}

/** A seat as its organizer sees it. */
export interface EditorSeat extends HallSeat {
  id: string;
  label: string;
  state: SeatState;
  block?: Block;
}

type OrganizerSeats = Answer<'listOrganizerSeats'>;
type Places = Pick<Answer<'getSeatLayout'>, 'layout' | 'x' | 'y'>;

/** @param places where the seats are, if that is known; it counts while it is of the same layout */
export function readSeats(columns: OrganizerSeats, places: Places | undefined): EditorSeat[] {
  const { ids, sections, rows, numbers, labels, prices, statuses, attributes, blocks } = columns;
  const { x, y } = places?.layout === columns.layout ? places : {};
  const attributesOf = new Map<number, SeatAttribute[]>();
  for (const name of ATTRIBUTES)
    for (const at of attributes[name] ?? []) attributesOf.set(at, [...(attributesOf.get(at) ?? []), name]);
  const seats = ids.map((id, at): EditorSeat => {
    const [left, front, own] = [x?.[at], y?.[at], attributesOf.get(at)];
    return {
      id,
      section: sections[at] as string,
      row_number: rows[at] as number,
      seat_number: numbers[at] as number,
      label: labels[at] as string,
      price: prices[at] as number,
      state: STATES[statuses[at] as number] as SeatState,
      ...(own && { attributes: own }),
      ...(typeof left === 'number' && typeof front === 'number' && { x: left, y: front }),
    };
  });
  for (const { seats: indexes, ...block } of blocks)
    for (const at of indexes) (seats[at] as EditorSeat).block = block;
  return seats;
}

/** Buyers see blocked seats as sold. */
const LIVE = { available: 'free', locked: 'held', reserved: 'sold' } as const;

/**
 * Lays the live seats over those that were read. A seat without a change stays the same object.
 *
 * @param live in the same order; while sections come or go, the seats that differ stay as they are
 */
export function layLive(
  seats: readonly EditorSeat[],
  live: readonly Pick<WatchedSeat, 'id' | 'status'>[],
): EditorSeat[] {
  return seats.map((seat, at) => {
    const now = live[at];
    if (now?.id !== seat.id) return seat;
    const state = LIVE[now.status];
    if (state === seat.state || (state === 'sold' && seat.state === 'blocked')) return seat;
    const { block, ...rest } = seat;
    return { ...rest, state };
  });
}

export function countStates(seats: Iterable<EditorSeat>): Record<SeatState, number> {
  const counts = { free: 0, held: 0, sold: 0, blocked: 0 };
  for (const { state } of seats) counts[state]++;
  return counts;
}
