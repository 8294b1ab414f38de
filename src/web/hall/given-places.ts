import type { Block } from './blocks.ts';
import type { HallSeat } from './hall-seat.ts';

/** The share of seats that may stand closer together than a unit: the seats of a loge, for example, or a typing error. */
const CLOSE_SHARE = 0.02;

/** Takes over where the hall says that its seats are, in units of the distance between neighbors. */
export function placeAsGiven(
  seats: readonly HallSeat[],
  blocks: readonly Block[],
  xs: Float32Array,
  ys: Float32Array,
): void {
  const unit = distanceOfNeighbors(seats, blocks);
  for (const block of blocks) {
    for (const index of block.seats) {
      const { x = 0, y = 0 } = seats[index] as HallSeat;
      xs[index] = x / unit;
      ys[index] = y / unit;
    }
  }
}

/** How far the seats of this hall are apart, in its own units. */
function distanceOfNeighbors(seats: readonly HallSeat[], blocks: readonly Block[]): number {
  const all = blocks.flatMap((block) => block.seats);
  const inRows = blocks.flatMap(({ rows }) =>
    rows.flatMap((row) =>
      row.seats.slice(1).map((seat, at) => distance(seats, seat, row.seats[at] as number)),
    ),
  );
  const cell = middleOf(inRows.filter((each) => each > 0)) ?? 1;
  // Rows may be closer together than the seats of a row.
  const grid = new Map<string, number[]>();
  const cellOf = (index: number) => {
    const { x = 0, y = 0 } = seats[index] as HallSeat;
    return [Math.floor(x / cell), Math.floor(y / cell)] as const;
  };
  for (const index of all) {
    const key = cellOf(index).join();
    const known = grid.get(key);
    if (known) known.push(index);
    else grid.set(key, [index]);
  }
  const nearest = all.map((index) => {
    const [column, row] = cellOf(index);
    let least = cell;
    for (let x = column - 1; x <= column + 1; x++) {
      for (let y = row - 1; y <= row + 1; y++) {
        for (const other of grid.get(`${x},${y}`) ?? []) {
          const apart = distance(seats, index, other);
          if (apart > 0 && apart < least) least = apart;
        }
      }
    }
    return least;
  });
  nearest.sort((a, b) => a - b);
  return nearest[Math.floor(nearest.length * CLOSE_SHARE)] ?? cell;
}

function distance(seats: readonly HallSeat[], a: number, b: number): number {
  const [one, other] = [seats[a] as HallSeat, seats[b] as HallSeat];
  return Math.hypot((one.x ?? 0) - (other.x ?? 0), (one.y ?? 0) - (other.y ?? 0));
}

function middleOf(numbers: number[]): number | undefined {
  numbers.sort((a, b) => a - b);
  return numbers[Math.floor(numbers.length / 2)];
}
