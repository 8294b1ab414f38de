import { drawStage, fillBlock, GROUND } from './ground.ts';
import { type HallLayout, SEAT_SIZE } from './layout.ts';
import type { Look, Theme } from './look.ts';
import { Sprites, textOn } from './sprites.ts';
import { SEATS_FROM, type Size, type View } from './view.ts';

/** What a hall looks like: its seats and sections, and the texts in it. */
export interface Scene {
  layout: HallLayout;
  outlines: readonly Path2D[];
  looks: readonly Look[];
  /** The number of each seat in its row. */
  numbers: readonly number[];
  /** The mean color of each block. */
  blockColor(block: number): string;
  theme: Theme;
  words: Words;
}

export interface Words {
  stage: string;
  row(number: number): string;
}

/** From here on, seats have numbers, and rows as well. */
const NUMBERS_FROM = 19;
/** Below that many device pixels, a seat is a plain rectangle. */
const SPRITES_FROM = 5;
const SEATS_BETWEEN_LOOKS_AT_THE_CLOCK = 250;

/**
 * A drawn part of the hall. Moving and zooming copies it as a whole: 50,000 rectangles take 33 ms a frame without a GPU, 50,000 points
 * of WebGL 67 ms, and a copy less than 5 ms. A seat that changes is drawn anew in its place.
 */
export class Sheet {
  readonly canvas: HTMLCanvasElement;
  /** In CSS pixels, as for the window. */
  readonly view: View;
  readonly size: Size;
  readonly #ratio: number;
  readonly #scene: Scene;
  readonly #context: CanvasRenderingContext2D;
  readonly #sprites: Sprites;

  /** @param ratio device pixels for each CSS pixel */
  constructor(scene: Scene, view: View, size: Size, ratio: number) {
    this.#scene = scene;
    this.view = view;
    this.size = size;
    this.#ratio = ratio;
    this.canvas = document.createElement('canvas');
    this.canvas.width = Math.ceil(size.width * ratio);
    this.canvas.height = Math.ceil(size.height * ratio);
    this.#context = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    this.#sprites = new Sprites(scene.theme, view.scale * ratio);
  }

  get hasSeats(): boolean {
    return this.view.scale >= SEATS_FROM;
  }

  /** Draws everything. It yields now and then, so that it can go on in the next frame. */
  *draw(): Generator<void> {
    const { layout, outlines, blockColor, theme, words } = this.#scene;
    this.#inUnits(() => {
      outlines.forEach((outline, block) => {
        fillBlock(this.#context, outline, this.hasSeats ? GROUND[theme] : blockColor(block));
      });
      drawStage(this.#context, layout, words.stage, theme);
    });
    yield;
    if (!this.hasSeats) return;
    const { left, top, scale } = this.view;
    const [right, bottom] = [(this.size.width - left) / scale + 1, (this.size.height - top) / scale + 1];
    let drawn = 0;
    for (let seat = 0; seat < layout.xs.length; seat++) {
      const [x, y] = [layout.xs[seat] as number, layout.ys[seat] as number];
      if (x < -left / scale - 1 || x > right || y < -top / scale - 1 || y > bottom) continue;
      this.#drawSeat(seat);
      if (++drawn % SEATS_BETWEEN_LOOKS_AT_THE_CLOCK === 0) yield;
    }
    if (scale >= NUMBERS_FROM) this.#drawRowNumbers();
  }

  /** Draws a seat anew that looks different now. */
  redrawSeat(seat: number): void {
    if (!this.hasSeats) return;
    const { theme } = this.#scene;
    const [x, y] = this.#place(seat);
    const side = this.view.scale * this.#ratio * 0.97;
    if (x < -side || y < -side || x > this.canvas.width + side || y > this.canvas.height + side) return;
    this.#context.fillStyle = GROUND[theme];
    this.#context.fillRect(x - side / 2, y - side / 2, side, side);
    this.#drawSeat(seat);
  }

  /** Draws the sections anew, if they are areas here. */
  redrawAreas(): void {
    if (this.hasSeats) return;
    const { outlines, blockColor } = this.#scene;
    this.#inUnits(() => {
      outlines.forEach((outline, block) => {
        fillBlock(this.#context, outline, blockColor(block));
      });
    });
  }

  #place(seat: number): [number, number] {
    const { layout } = this.#scene;
    const { scale, left, top } = this.view;
    return [
      ((layout.xs[seat] as number) * scale + left) * this.#ratio,
      ((layout.ys[seat] as number) * scale + top) * this.#ratio,
    ];
  }

  #drawSeat(seat: number): void {
    const look = this.#scene.looks[seat] as Look;
    const [x, y] = this.#place(seat);
    const unit = this.view.scale * this.#ratio;
    if (unit < SPRITES_FROM) {
      const side = unit * (look.shape === 'small' || look.shape === 'hollow' ? SEAT_SIZE * 0.6 : SEAT_SIZE);
      this.#context.fillStyle = look.color;
      this.#context.fillRect(x - side / 2, y - side / 2, side, side);
      return;
    }
    const sprite = this.#sprites.of(look);
    // On whole pixels, so that edges are sharp.
    this.#context.drawImage(sprite, Math.round(x - sprite.width / 2), Math.round(y - sprite.height / 2));
    if (this.view.scale < NUMBERS_FROM || look.shape !== 'full' || look.mark) return;
    this.#context.fillStyle = textOn(look.color);
    this.#context.font = `600 ${Math.round(unit * 0.36)}px system-ui, sans-serif`;
    this.#context.textAlign = 'center';
    this.#context.textBaseline = 'middle';
    this.#context.fillText(String(this.#scene.numbers[seat]), x, y + unit * 0.02, unit * 0.66);
  }

  #drawRowNumbers(): void {
    const { layout, words, theme } = this.#scene;
    const unit = this.view.scale * this.#ratio;
    this.#context.fillStyle = theme === 'light' ? '#625d57' : '#b1aca6';
    this.#context.font = `500 ${Math.round(unit * 0.36)}px system-ui, sans-serif`;
    this.#context.textAlign = 'right';
    this.#context.textBaseline = 'middle';
    for (const { rows } of layout.blocks) {
      for (const { number, seats } of rows) {
        const [x, y] = this.#place(seats[0] as number);
        this.#context.fillText(words.row(number), x - unit * 1.1, y, unit * 1.7);
      }
    }
  }

  #inUnits(draw: () => void): void {
    const { scale, left, top } = this.view;
    const unit = scale * this.#ratio;
    this.#context.setTransform(unit, 0, 0, unit, left * this.#ratio, top * this.#ratio);
    draw();
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
