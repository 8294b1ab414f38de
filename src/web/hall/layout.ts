import { type Block, blocksOf } from './blocks.ts';
import { placeInFan } from './fan.ts';
import { placeAsGiven } from './given-places.ts';
import type { HallSeat } from './hall-seat.ts';
import { around, boundsOf, type Rectangle } from './rectangle.ts';

/** A picture of a hall without pixels. The unit is the distance between two neighbors of a row. */
export interface HallLayout {
  /** Where the center of each seat is, by its index. No two seats are closer than `SEAT_SIZE`. */
  xs: Float32Array;
  ys: Float32Array;
  /** Everything is between 0 and these, the stage as well. */
  width: number;
  height: number;
  stage: Rectangle;
  blocks: Block[];
}

/** The side of a seat. The rest of a unit is the gap to its neighbor. */
export const SEAT_SIZE = 0.8;

/** Around everything, so that no seat touches the edge, and the numbers of rows have room. */
const MARGIN = 3;

/** Places every seat: where the hall says (x and y), and in blocks around a stage otherwise. */
export function layOutHall(seats: readonly HallSeat[]): HallLayout {
  const xs = new Float32Array(seats.length);
  const ys = new Float32Array(seats.length);
  const blocks = blocksOf(seats);
  const given = blocks.filter(({ isGiven }) => isGiven);
  const computed = blocks.filter(({ isGiven }) => !isGiven);
  if (given.length > 0) placeAsGiven(seats, given, xs, ys);
  const front = given.length > 0 ? boundsOf(given, xs, ys) : undefined;
  const fan = computed.length > 0 ? placeInFan(seats, computed, xs, ys) : undefined;
  // Seats without a place stand behind those with one.
  if (front && fan) {
    const own = boundsOf(computed, xs, ys);
    move(
      computed,
      xs,
      ys,
      front.x + (front.width - own.width) / 2 - own.x,
      front.y + front.height + 3 - own.y,
    );
  }
  const stage = front ? stageBefore(front) : (fan?.stage ?? { x: 0, y: 0, width: 10, height: 3 });
  const all = around(blocks.length > 0 ? boundsOf(blocks, xs, ys) : stage, stage);
  const [dx, dy] = [MARGIN - all.x, MARGIN - all.y];
  move(blocks, xs, ys, dx, dy);
  return {
    xs,
    ys,
    width: all.width + 2 * MARGIN,
    height: all.height + 2 * MARGIN,
    stage: { ...stage, x: stage.x + dx, y: stage.y + dy },
    blocks,
  };
}

/** `y` grows from front to back, so the stage is before the first row. */
function stageBefore({ x, y, width }: Rectangle): Rectangle {
  const own = Math.max(6, width * 0.4);
  const height = Math.max(3, width * 0.05);
  return { x: x + (width - own) / 2, y: y - height - Math.max(2, width * 0.02), width: own, height };
}

function move(blocks: readonly Block[], xs: Float32Array, ys: Float32Array, dx: number, dy: number): void {
  for (const { seats } of blocks) {
    for (const seat of seats) {
      xs[seat] = (xs[seat] as number) + dx;
      ys[seat] = (ys[seat] as number) + dy;
    }
  }
}
