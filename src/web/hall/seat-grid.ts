import type { HallLayout } from './layout.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

const STEPS: Record<Direction, [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** Finds seats by their place: a square of the hall has the few seats whose center is in it. */
export class SeatGrid {
  readonly #layout: HallLayout;
  readonly #columns: number;
  readonly #cells = new Map<number, number[]>();

  constructor(layout: HallLayout) {
    this.#layout = layout;
    this.#columns = Math.ceil(layout.width) + 1;
    for (let seat = 0; seat < layout.xs.length; seat++) {
      const cell = this.#cell(layout.xs[seat] as number, layout.ys[seat] as number);
      const known = this.#cells.get(cell);
      if (known) known.push(seat);
      else this.#cells.set(cell, [seat]);
    }
  }

  #cell(x: number, y: number): number {
    return Math.floor(y) * this.#columns + Math.floor(x);
  }

  /** @returns the seat whose center is nearest to a place, at most `reach` away */
  at(x: number, y: number, reach: number): number | undefined {
    let found: number | undefined;
    let least = reach;
    for (let row = Math.floor(y - reach); row <= y + reach; row++) {
      for (let column = Math.max(0, Math.floor(x - reach)); column <= x + reach; column++) {
        for (const seat of this.#cells.get(row * this.#columns + column) ?? []) {
          const apart = this.#distance(seat, x, y);
          if (apart <= least) [found, least] = [seat, apart];
        }
      }
    }
    return found;
  }

  /** @returns the seat that the cursor keys go to from a seat: the nearest one in a direction, and rather straight than aside */
  beside(from: number, direction: Direction): number | undefined {
    const { xs, ys } = this.#layout;
    const [dx, dy] = STEPS[direction];
    let found: number | undefined;
    let least = Infinity;
    for (let seat = 0; seat < xs.length; seat++) {
      const [x, y] = [
        (xs[seat] as number) - (xs[from] as number),
        (ys[seat] as number) - (ys[from] as number),
      ];
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along < 0.3 || along + 3 * aside >= least) continue;
      [found, least] = [seat, along + 3 * aside];
    }
    return found;
  }

  /** @returns the seat that is nearest to a place, however far */
  nearest(x: number, y: number): number | undefined {
    let found: number | undefined;
    let least = Infinity;
    for (let seat = 0; seat < this.#layout.xs.length; seat++) {
      const apart = this.#distance(seat, x, y);
      if (apart < least) [found, least] = [seat, apart];
    }
    return found;
  }

  /** @returns the seats whose center is in a rectangle */
  within(left: number, top: number, right: number, bottom: number): number[] {
    const { xs, ys } = this.#layout;
    const found: number[] = [];
    for (let seat = 0; seat < xs.length; seat++) {
      const [x, y] = [xs[seat] as number, ys[seat] as number];
      if (x >= left && x <= right && y >= top && y <= bottom) found.push(seat);
    }
    return found;
  }

  #distance(seat: number, x: number, y: number): number {
    return Math.hypot((this.#layout.xs[seat] as number) - x, (this.#layout.ys[seat] as number) - y);
  }
}
