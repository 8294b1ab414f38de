import type { Block } from './blocks.ts';
import type { HallSeat } from './hall-seat.ts';
import type { Rectangle } from './rectangle.ts';

/** How wide a line of blocks may be spread around the stage, in radians: 86 degrees. */
const WIDEST = 1.5;
/** The least radius of the first row. On a smaller one, neighbors would come closer together than a unit. */
const LEAST_RADIUS = 9;
/** Between blocks, to the side and to the back. */
const AISLE = 2;
/** Width by height of what the blocks are arranged to, that of a window. */
const SHAPE = 1.6;

interface Placed {
  block: Block;
  /** The column of each seat and the depth of each row, from 0. */
  columns: Map<number, number>;
  depths: number[];
  /** How far each row begins from the left. */
  indents: number[];
  width: number;
  depth: number;
}

/** Arranges the blocks in arcs around a stage, front to back. The center of all arcs is at 0, 0. */
export function placeInFan(
  seats: readonly HallSeat[],
  blocks: readonly Block[],
  xs: Float32Array,
  ys: Float32Array,
): { stage: Rectangle } {
  const lines = linesOf(seats, blocks);
  let before = 0;
  let radius = LEAST_RADIUS;
  for (const line of lines) {
    radius = Math.max(radius, widthOf(line) / WIDEST - before);
    before += depthOf(line) + AISLE;
  }
  const stage = stageIn(radius);
  for (const line of lines) {
    placeLine(line, radius, xs, ys);
    radius += depthOf(line) + AISLE;
  }
  return { stage };
}

function placeLine(line: readonly Placed[], radius: number, xs: Float32Array, ys: Float32Array): void {
  let left = -widthOf(line) / 2;
  for (const { block, columns, depths, indents, width } of line) {
    const middle = (left + width / 2) / radius;
    block.rows.forEach((row, at) => {
      const own = radius + (depths[at] as number);
      for (const seat of row.seats) {
        // The distance along the arc stays a unit, so that blocks keep their width and aisles open to the back.
        const angle =
          middle + ((columns.get(seat) as number) + (indents[at] as number) - (width - 1) / 2) / own;
        xs[seat] = Math.sin(angle) * own;
        ys[seat] = Math.cos(angle) * own;
      }
    });
    left += width + AISLE;
  }
}

/** The stage fills the space before the first row. */
function stageIn(radius: number): Rectangle {
  const free = radius - 2;
  const height = Math.max(2.5, free * 0.22);
  const width = free * 1.15;
  return { x: -width / 2, y: free * 0.8 - height, width, height };
}

/**
 * Blocks whose rows are numbered on from each other stand behind each other. Of the others, those with the higher price stand in front,
 * and those with the same price beside each other, in as many lines as the shape of a window wants.
 */
function linesOf(seats: readonly HallSeat[], blocks: readonly Block[]): Placed[][] {
  const tiers = tiersOf(blocks).flatMap((tier) => byPrice(seats, tier));
  const placed = tiers.map((tier) => tier.map((block) => measured(seats, block)));
  const area = placed.flat().reduce((sum, { width, depth }) => sum + width * depth, 0);
  const widest = Math.max(Math.sqrt(area * SHAPE), ...placed.flat().map(({ width }) => width));
  return placed.flatMap((tier) => {
    const lines = Math.ceil(widthOf(tier) / (widest * 1.15));
    const perLine = Math.ceil(tier.length / lines);
    return Array.from({ length: Math.ceil(tier.length / perLine) }, (_, line) =>
      tier.slice(line * perLine, (line + 1) * perLine),
    );
  });
}

function tiersOf(blocks: readonly Block[]): Block[][] {
  const first = ({ rows }: Block) => rows[0]?.number ?? 0;
  const last = ({ rows }: Block) => rows.at(-1)?.number ?? 0;
  const tiers: { until: number; blocks: Block[] }[] = [];
  for (const block of blocks.toSorted((a, b) => first(a) - first(b))) {
    const tier = tiers.at(-1);
    if (!tier || first(block) > tier.until) tiers.push({ until: last(block), blocks: [block] });
    else {
      tier.blocks.push(block);
      tier.until = Math.max(tier.until, last(block));
    }
  }
  // The order of the names again.
  return tiers.map((tier) => blocks.filter((block) => tier.blocks.includes(block)));
}

function byPrice(seats: readonly HallSeat[], tier: readonly Block[]): Block[][] {
  const prices = Map.groupBy(tier, (block) =>
    Math.max(...block.rows.map((row) => seats[row.seats[0] as number]?.price ?? 0)),
  );
  return [...prices].sort(([a], [b]) => b - a).map(([, blocks]) => blocks);
}

/** Gaps in the numbers of a row or of rows are aisles, of one place at most: 101 after 12 is the next place but one. */
function measured(seats: readonly HallSeat[], block: Block): Placed {
  const numbers = [...new Set(block.seats.map((seat) => (seats[seat] as HallSeat).seat_number))];
  const columnOf = positions(numbers.sort((a, b) => a - b));
  const depthOfRow = positions(block.rows.map(({ number }) => number));
  const depths = block.rows.map(({ number }) => depthOfRow.get(number) as number);
  const columns = new Map(
    block.seats.map((seat) => [seat, columnOf.get((seats[seat] as HallSeat).seat_number) as number]),
  );
  const width = (columnOf.get(numbers.at(-1) as number) as number) + 1;
  // Rows that all begin with the first number are as long as they are: they stand in the middle of their block.
  const isCentered = block.rows.every((row) => columns.get(row.seats[0] as number) === 0);
  const indents = block.rows.map((row) =>
    isCentered ? (width - 1 - (columns.get(row.seats.at(-1) as number) as number)) / 2 : 0,
  );
  return {
    block,
    columns,
    depths,
    indents,
    width,
    depth: (depths.at(-1) as number) + 1,
  };
}

function positions(sorted: readonly number[]): Map<number, number> {
  let at = -1;
  let last: number | undefined;
  const known = new Map<number, number>();
  for (const number of sorted) {
    at += last === undefined ? 1 : Math.min(2, number - last);
    last = number;
    known.set(number, at);
  }
  return known;
}

function widthOf(line: readonly Placed[]): number {
  return line.reduce((sum, { width }) => sum + width, 0) + (line.length - 1) * AISLE;
}

function depthOf(line: readonly Placed[]): number {
  return Math.max(...line.map(({ depth }) => depth));
}
