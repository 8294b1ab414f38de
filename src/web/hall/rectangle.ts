import type { Block } from './blocks.ts';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The least rectangle around the seats of these blocks, with their own size. */
export function boundsOf(
  blocks: readonly Pick<Block, 'seats'>[],
  xs: Float32Array,
  ys: Float32Array,
): Rectangle {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { seats } of blocks) {
    for (const seat of seats) {
      const [x, y] = [xs[seat] as number, ys[seat] as number];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { x: left - 0.5, y: top - 0.5, width: right - left + 1, height: bottom - top + 1 };
}

/** The least rectangle around two. */
export function around(a: Rectangle, b: Rectangle): Rectangle {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
