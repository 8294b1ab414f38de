import type { Row } from './blocks.ts';
import type { HallLayout } from './layout.ts';
import type { Look, Theme } from './look.ts';
import { drawLook, INK } from './sprites.ts';
import { SEATS_FROM, type Size, type View } from './view.ts';

/** How long a seat that changed is seen going. */
const FADE_MS = 800;
/** More at once only cost frames: their changes are drawn without a fade. */
const MOST_FADES = 400;
/** Above that many pixels for each unit, one knows where one is, and labels would hide seats. */
const LABELS_UNTIL = 15;
/** From here on, a label in the middle of a section would hide seats that one can pick. */
const SMALL_FROM = 6;

const SURFACE = { light: 'rgb(255 255 255 / 90%)', dark: 'rgb(29 29 33 / 90%)' };
const SOFT = { light: '#625d57', dark: '#b1aca6' };
const FOCUS = { light: '#1a5fd0', dark: '#86b4ff' };

/** What moves above the drawn hall: names of sections, seats that go, the cursor. The context draws in CSS pixels. */
export class Overlay {
  readonly #layout: HallLayout;
  readonly #theme: Theme;
  readonly #fades: { seat: number; look: Look; start: number }[] = [];

  constructor(layout: HallLayout, theme: Theme) {
    this.#layout = layout;
    this.#theme = theme;
  }

  /** Shows a seat as it was, going. */
  fade(seat: number, look: Look): void {
    if (this.#fades.length < MOST_FADES) this.#fades.push({ seat, look, start: performance.now() });
  }

  /** @returns whether any seat is still going */
  drawFades(context: CanvasRenderingContext2D, view: View, { width, height }: Size): boolean {
    const now = performance.now();
    while (this.#fades[0] && now - this.#fades[0].start >= FADE_MS) this.#fades.shift();
    for (const { seat, look, start } of this.#fades) {
      const [x, y] = this.#place(seat, view);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const done = (now - start) / FADE_MS;
      context.globalAlpha = 1 - done;
      if (view.scale < SEATS_FROM) {
        context.fillStyle = INK[this.#theme];
        context.fillRect(x - 1.5, y - 1.5, 3, 3);
        continue;
      }
      context.save();
      context.translate(x, y);
      const unit = Math.max(6, view.scale) * (1 + 0.8 * done);
      context.scale(unit, unit);
      drawLook(context, look, this.#theme);
      context.restore();
    }
    context.globalAlpha = 1;
    return this.#fades.length > 0;
  }

  drawLabels(
    context: CanvasRenderingContext2D,
    view: View,
    { width, height }: Size,
    second: (block: number) => string,
  ): void {
    if (view.scale > LABELS_UNTIL) return;
    const taken: [number, number, number, number][] = [];
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const isSmall = view.scale >= SMALL_FROM;
    this.#layout.blocks.forEach((block, at) => {
      const row = block.rows[isSmall ? 0 : Math.floor(block.rows.length / 2)] as Row;
      const [x, y] = this.#place(row.seats[Math.floor(row.seats.length / 2)] as number, view);
      if (x < 0 || y < 0 || x > width || y > height) return;
      const text = second(at);
      if (isSmall) {
        this.#drawSmallLabel(context, `${block.section} ${text}`, x, y - view.scale * 1.1);
        return;
      }
      context.font = NAME_FONT;
      const name = context.measureText(block.section).width;
      context.font = TEXT_FONT;
      const wide = Math.max(name, context.measureText(text).width) + 18;
      const box = [x - wide / 2, y - 20, x + wide / 2, y + 20] as [number, number, number, number];
      // Of two labels that would overlap, the first one stays.
      if (
        taken.some(
          (other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3],
        )
      )
        return;
      taken.push(box);
      context.fillStyle = SURFACE[this.#theme];
      context.beginPath();
      context.roundRect(box[0], box[1], wide, 40, 10);
      context.fill();
      context.fillStyle = SOFT[this.#theme];
      context.fillText(text, x, y + 9);
      context.fillStyle = INK[this.#theme];
      context.font = NAME_FONT;
      context.fillText(block.section, x, y - 8);
    });
  }

  /** On the front edge of the section, where it hides no seat. */
  #drawSmallLabel(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
    context.font = TEXT_FONT;
    const wide = context.measureText(text).width + 14;
    context.fillStyle = SURFACE[this.#theme];
    context.beginPath();
    context.roundRect(x - wide / 2, y - 10, wide, 20, 10);
    context.fill();
    context.fillStyle = INK[this.#theme];
    context.fillText(text, x, y);
  }

  drawCursor(context: CanvasRenderingContext2D, view: View, seat: number): void {
    const [x, y] = this.#place(seat, view);
    const side = Math.max(10, view.scale) * 1.12;
    context.lineWidth = 3;
    context.strokeStyle = FOCUS[this.#theme];
    context.beginPath();
    context.roundRect(x - side / 2, y - side / 2, side, side, side * 0.3);
    context.stroke();
  }

  drawArea(
    context: CanvasRenderingContext2D,
    [x1, y1, x2, y2]: readonly [number, number, number, number],
  ): void {
    context.strokeStyle = FOCUS[this.#theme];
    context.fillStyle = `${FOCUS[this.#theme]}26`;
    context.lineWidth = 1.5;
    context.fillRect(x1, y1, x2 - x1, y2 - y1);
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }

  #place(seat: number, { scale, left, top }: View): [number, number] {
    const { xs, ys } = this.#layout;
    return [(xs[seat] as number) * scale + left, (ys[seat] as number) * scale + top];
  }
}

const FAMILY = '"Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR", sans-serif';
const NAME_FONT = `700 14px system-ui, ${FAMILY}`;
const TEXT_FONT = `500 12px system-ui, ${FAMILY}`;
