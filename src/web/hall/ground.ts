import type { HallLayout } from './layout.ts';
import type { Theme } from './look.ts';

/** Behind the seats of a section. */
export const GROUND = { light: '#f1eeea', dark: '#28282d' };
const STAGE = { light: ['#3a3633', '#ffffff'], dark: ['#d8d3cc', '#141416'] } as const;
/** How far a section reaches beyond the centers of its outer seats. */
const REACH = 0.95;

/** The outline of each block: along its first row, down the ends of its rows, and back along its last row. */
export function outlinesOf({ blocks, xs, ys }: HallLayout): Path2D[] {
  return blocks.map(({ rows }) => {
    const first = rows[0]?.seats ?? [];
    const last = rows.at(-1)?.seats ?? [];
    const around = [
      ...first,
      ...rows.slice(1).map((row) => row.seats.at(-1) as number),
      ...last.toReversed(),
      ...rows.map((row) => row.seats[0] as number).toReversed(),
    ];
    const path = new Path2D();
    around.forEach((seat, at) => {
      if (at === 0) path.moveTo(xs[seat] as number, ys[seat] as number);
      else path.lineTo(xs[seat] as number, ys[seat] as number);
    });
    path.closePath();
    return path;
  });
}

/** Fills a block, with round corners around its outer seats. The context draws in units. */
export function fillBlock(context: CanvasRenderingContext2D, outline: Path2D, color: string): void {
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineJoin = 'round';
  context.lineWidth = 2 * REACH;
  context.fill(outline);
  context.stroke(outline);
}

export function drawStage(
  context: CanvasRenderingContext2D,
  { stage }: HallLayout,
  text: string,
  theme: Theme,
): void {
  const { x, y, width, height } = stage;
  const [ground, ink] = STAGE[theme];
  const corner = height * 0.3;
  context.fillStyle = ground;
  context.beginPath();
  context.roundRect(x, y, width, height, [corner, corner, height * 0.6, height * 0.6]);
  context.fill();
  context.fillStyle = ink;
  context.font = `600 ${height * 0.42}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x + width / 2, y + height / 2, width * 0.9);
}
