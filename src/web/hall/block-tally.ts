import type { HallLayout } from './layout.ts';
import type { Look } from './look.ts';
import { channels } from './sprites.ts';

/** How many seats of each block are free, and the mean of their colors, kept up to date with each seat that changes. */
export class BlockTally {
  readonly #blockOf: Uint16Array;
  readonly #free: number[];
  readonly #sums: [number, number, number][];
  readonly #counts: number[];

  constructor({ blocks, xs }: HallLayout, looks: readonly Look[]) {
    this.#blockOf = new Uint16Array(xs.length);
    this.#free = blocks.map(() => 0);
    this.#sums = blocks.map(() => [0, 0, 0]);
    this.#counts = blocks.map(({ seats }) => seats.length);
    blocks.forEach(({ seats }, block) => {
      for (const seat of seats) {
        this.#blockOf[seat] = block;
        this.#add(block, looks[seat] as Look, 1);
      }
    });
  }

  change(seat: number, before: Look, after: Look): void {
    const block = this.#blockOf[seat] as number;
    this.#add(block, before, -1);
    this.#add(block, after, 1);
  }

  free(block: number): number {
    return this.#free[block] as number;
  }

  color(block: number): string {
    const [r, g, b] = (this.#sums[block] as [number, number, number]).map((sum) =>
      Math.round(sum / (this.#counts[block] as number)),
    );
    return `rgb(${r} ${g} ${b})`;
  }

  #add(block: number, { color, shape }: Look, sign: 1 | -1): void {
    if (shape === 'full' || shape === 'chosen') this.#free[block] = (this.#free[block] as number) + sign;
    const sums = this.#sums[block] as [number, number, number];
    const parts = known.get(color) ?? channels(color);
    known.set(color, parts);
    for (const at of [0, 1, 2] as const) sums[at] += sign * parts[at];
  }
}

/** A hall has few colors, and a heat map some hundreds. */
const known = new Map<string, [number, number, number]>();
