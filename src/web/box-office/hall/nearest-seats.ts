import type { WatchedSeat } from '../../../client/index.ts';

type Place = Pick<
  WatchedSeat,
  'id' | 'section' | 'row_number' | 'seat_number' | 'price' | 'status' | 'attributes'
>;

/**
 * Finds a free seat in the place of each that is gone: of the same section and price if there is one, beside another chosen one if that
 * is possible, and as near as possible.
 */
export function nearestSeats<Seat extends Place>(
  seats: readonly Seat[],
  gone: readonly Place[],
  chosen: readonly Place[],
): Seat[] {
  const taken = new Set(chosen.map(({ id }) => id));
  const together: Place[] = [...chosen];
  const found: Seat[] = [];
  for (const lost of gone) {
    const seat = nearest(seats, lost, together, taken);
    if (!seat) continue;
    found.push(seat);
    together.push(seat);
    taken.add(seat.id);
  }
  return found;
}

function nearest<Seat extends Place>(
  seats: readonly Seat[],
  lost: Place,
  together: readonly Place[],
  taken: ReadonlySet<string>,
): Seat | undefined {
  let best: { seat: Seat; rank: number[] } | undefined;
  for (const seat of seats) {
    if (seat.status !== 'available' || taken.has(seat.id) || seat.id === lost.id) continue;
    if (kindOf(seat) !== kindOf(lost)) continue;
    const rank = rankOf(seat, lost, together);
    if (!best || isLess(rank, best.rank)) best = { seat, rank };
  }
  return best?.seat;
}

/** A place for a wheelchair is no alternative to another seat, nor the other way round. */
function kindOf({ attributes }: Place): string {
  return attributes?.filter((each) => each !== 'restricted_view').join() ?? '';
}

/** The first number counts most. */
function rankOf(seat: Place, lost: Place, together: readonly Place[]): number[] {
  const isSection = seat.section === lost.section;
  const isPrice = seat.price === lost.price;
  const isBeside = together.some(
    ({ section, row_number, seat_number }) =>
      section === seat.section &&
      row_number === seat.row_number &&
      Math.abs(seat_number - seat.seat_number) === 1,
  );
  const [rows, numbers] = [seat.row_number - lost.row_number, seat.seat_number - lost.seat_number];
  return [
    (isPrice ? 0 : 2) + (isSection ? 0 : 1),
    isPrice ? 0 : Math.abs(seat.price - lost.price),
    isBeside ? 0 : 1,
    Math.hypot(rows, numbers),
  ];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((each, index) => each !== b[index]);
  return at !== -1 && (a[at] as number) < (b[at] as number);
}

/** The places for wheelchairs beside the companion seats of a choice, of which each needs one. */
export function besideCompanions<Seat extends Place>(
  seats: readonly Seat[],
  chosen: readonly Place[],
): Seat[] {
  const isBeside = (a: Place, b: Place) =>
    a.section === b.section && a.row_number === b.row_number && Math.abs(a.seat_number - b.seat_number) === 1;
  return chosen.flatMap((companion) => {
    if (!companion.attributes?.includes('companion')) return [];
    const accessible = (seat: Place) =>
      seat.attributes?.includes('accessible') === true && isBeside(seat, companion);
    if (chosen.some(accessible)) return [];
    const free = seats.find((seat) => seat.status === 'available' && accessible(seat));
    return free ? [free] : [];
  });
}
