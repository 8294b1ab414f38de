import { SEAT_SIZE } from './layout.ts';
import type { Look, Theme } from './look.ts';

export const INK = { light: '#1b1a19', dark: '#f3f1ee' };
const PAPER = { light: '#ffffff', dark: '#141416' };

/** Pictures of seats, one for each look. Drawing a seat is then one copy. */
export class Sprites {
  readonly #theme: Theme;
  /** Device pixels for each unit. */
  readonly #scale: number;
  readonly #sprites = new Map<Look, HTMLCanvasElement>();

  constructor(theme: Theme, scale: number) {
    this.#theme = theme;
    this.#scale = scale;
  }

  /** @returns a square of one unit with the seat in its middle */
  of(look: Look): HTMLCanvasElement {
    const known = this.#sprites.get(look);
    if (known) return known;
    const made = document.createElement('canvas');
    made.width = made.height = Math.ceil(this.#scale);
    const context = made.getContext('2d');
    if (context) {
      context.translate(made.width / 2, made.height / 2);
      context.scale(this.#scale, this.#scale);
      drawLook(context, look, this.#theme);
    }
    this.#sprites.set(look, made);
    return made;
  }
}

/** Draws a seat of one unit around 0, 0. */
export function drawLook(context: CanvasRenderingContext2D, look: Look, theme: Theme): void {
  const { shape, color, mark } = look;
  const size = shape === 'small' ? SEAT_SIZE * 0.5 : shape === 'chosen' ? 0.94 : SEAT_SIZE;
  const isFrame = shape === 'hollow' || shape === 'crossed';
  const line = isFrame ? 0.13 : 0;
  context.beginPath();
  // A place for a wheelchair and the one beside it are round.
  if (mark === 'accessible' || mark === 'companion') context.arc(0, 0, (size - line) / 2, 0, 2 * Math.PI);
  else context.roundRect((line - size) / 2, (line - size) / 2, size - line, size - line, size * 0.28);
  context.lineWidth = line;
  context.fillStyle = shape === 'chosen' ? INK[theme] : color;
  context.strokeStyle = color;
  if (isFrame) context.stroke();
  else context.fill();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = 0.11;
  if (shape === 'crossed') stroke(context, color, [-0.17, -0.17, 0.17, 0.17], [0.17, -0.17, -0.17, 0.17]);
  else if (shape === 'chosen') stroke(context, PAPER[theme], [-0.22, 0.02, -0.06, 0.19, 0.24, -0.18]);
  else if (mark === 'companion' && shape === 'full')
    stroke(context, textOn(color), [-0.17, 0, 0.17, 0], [0, -0.17, 0, 0.17]);
  else if (mark && shape === 'full') drawMark(context, mark, textOn(color));
}

function drawMark(context: CanvasRenderingContext2D, mark: Look['mark'], color: string): void {
  if (mark === 'restricted') {
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(0.08, -0.32);
    context.lineTo(0.32, -0.32);
    context.lineTo(0.32, -0.08);
    context.fill();
    return;
  }
  context.lineWidth = 0.08;
  // A person in a wheelchair: head, back and seat, legs, and the wheel.
  context.fillStyle = color;
  context.beginPath();
  context.arc(-0.04, -0.26, 0.065, 0, 2 * Math.PI);
  context.fill();
  stroke(context, color, [-0.04, -0.14, -0.04, 0.05, 0.13, 0.05, 0.2, 0.22]);
  context.beginPath();
  context.arc(-0.03, 0.1, 0.17, 0.35, Math.PI * 1.3);
  context.stroke();
}

/** Draws lines through the points of each list: x, y, x, y, … */
function stroke(context: CanvasRenderingContext2D, color: string, ...lines: number[][]): void {
  context.strokeStyle = color;
  context.beginPath();
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      const [x, y] = [line[at] as number, line[at + 1] as number];
      if (at === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }
  context.stroke();
}

/** Red, green and blue of `#rrggbb`. */
export function channels(color: string): [number, number, number] {
  const all = Number.parseInt(color.slice(1), 16);
  return [(all >> 16) & 255, (all >> 8) & 255, all & 255];
}

/** Black or white, whichever is easier to read on a color. */
export function textOn(color: string): string {
  const [r, g, b] = channels(color).map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#141416' : '#ffffff';
}
