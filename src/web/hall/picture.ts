import { BlockTally } from './block-tally.ts';
import { outlinesOf } from './ground.ts';
import { type HallSeat, isSamePlace } from './hall-seat.ts';
import { type HallLayout, layOutHall } from './layout.ts';
import type { Look, Theme } from './look.ts';
import { Overlay } from './overlay.ts';
import type { Rectangle } from './rectangle.ts';
import { SeatGrid } from './seat-grid.ts';
import type { Words } from './sheet.ts';
import { Sheets } from './sheets.ts';
import { limited, type Size, type View, viewOf } from './view.ts';

export interface PictureWords extends Words {
  /** What stands under the name of a section, by its number of free seats. */
  free(seats: number): string;
}

/** How long a view takes to move to another one by itself. */
const MOVE_MS = 260;
/** How often sections that are drawn as areas get their new color. */
const AREAS_EVERY_MS = 400;
/** More pixels for each CSS pixel can't be seen, and cost a phone its frames. */
const LARGEST_RATIO = 2;

/** Draws a hall on a canvas, and draws again only when something changed. */
export class HallPicture {
  layout: HallLayout = layOutHall([]);
  grid = new SeatGrid(this.layout);
  view: View = { scale: 1, left: 0, top: 0 };
  window: Size = { width: 0, height: 0 };
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #seats: readonly HallSeat[] = [];
  #look: ((seat: HallSeat) => Look) | undefined;
  #looks: Look[] = [];
  #words: PictureWords;
  #theme: Theme = 'light';
  #tally = new BlockTally(this.layout, []);
  #sheets: Sheets | undefined;
  #overlay = new Overlay(this.layout, 'light');
  #cursor: number | undefined;
  #area: readonly [number, number, number, number] | undefined;
  #movedAt = 0;
  #areasAt = 0;
  #areasChanged = false;
  /** Whether the whole hall is shown, which a new size of the window keeps. */
  #isWhole = true;
  #motion: { from: View; to: View; start: number } | undefined;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, words: PictureWords) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D;
    this.#words = words;
  }

  /**
   * Shows these seats. Those whose object or look is another one than before are drawn anew.
   *
   * @param lookOf returns the same object for the same look
   */
  show<Seat extends HallSeat>(seats: readonly Seat[], lookOf: (seat: Seat) => Look): void {
    const look = lookOf as (seat: HallSeat) => Look;
    const before = this.#seats;
    const stays =
      seats.length === before.length && seats.every((seat, at) => isSamePlace(seat, before[at] as HallSeat));
    const isSameLook = look === this.#look;
    this.#seats = seats;
    this.#look = look;
    if (!stays) {
      this.#layOut();
      return;
    }
    const fades = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    const changed: number[] = [];
    for (let at = 0; at < seats.length; at++) {
      const seat = seats[at] as HallSeat;
      if (isSameLook && seat === before[at]) continue;
      const [old, now] = [this.#looks[at] as Look, look(seat)];
      if (now === old) continue;
      this.#looks[at] = now;
      this.#tally.change(at, old, now);
      if (fades && isSameLook) this.#overlay.fade(at, old);
      changed.push(at);
    }
    if (changed.length === 0) return;
    this.#sheets?.redraw(changed);
    this.#areasChanged = true;
    this.redraw();
  }

  setWords(words: PictureWords): void {
    this.#words = words;
    this.#drawAnew();
  }

  setTheme(theme: Theme): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    this.#drawAnew();
  }

  resize(size: Size): void {
    if (size.width === this.window.width && size.height === this.window.height) return;
    const { width, height } = this.window;
    this.window = size;
    const ratio = this.#ratio();
    this.#canvas.width = Math.round(size.width * ratio);
    this.#canvas.height = Math.round(size.height * ratio);
    if (this.#isWhole || width === 0) this.view = this.#wholeView();
    else {
      const { scale, left, top } = this.view;
      this.view = this.#limited({
        scale,
        left: left + (size.width - width) / 2,
        top: top + (size.height - height) / 2,
      });
    }
    this.#drawAnew();
  }

  /** @param smoothly for a jump, so that one sees where it goes */
  look(view: View, smoothly = false): void {
    const to = this.#limited(view);
    const isStill = !smoothly || matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#motion = isStill ? undefined : { from: this.view, to, start: performance.now() };
    if (isStill) this.view = to;
    this.#isWhole = to.scale <= this.#wholeView().scale * 1.001;
    this.#movedAt = performance.now();
    this.redraw();
  }

  /** The view that the picture moves to, or has. */
  get target(): View {
    return this.#motion?.to ?? this.view;
  }

  lookAtAll(): void {
    this.look(this.#wholeView(), true);
  }

  lookAt(part: Rectangle, largest?: number): void {
    this.look(viewOf(part, this.window, largest), true);
  }

  setCursor(seat: number | undefined): void {
    this.#cursor = seat;
    this.redraw();
  }

  setArea(area: readonly [number, number, number, number] | undefined): void {
    this.#area = area;
    this.redraw();
  }

  redraw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = -1;
  }

  #layOut(): void {
    this.layout = layOutHall(this.#seats);
    this.grid = new SeatGrid(this.layout);
    this.#cursor = undefined;
    this.#looks = this.#seats.map((seat) => (this.#look as (seat: HallSeat) => Look)(seat));
    this.#tally = new BlockTally(this.layout, this.#looks);
    this.view = this.#isWhole ? this.#wholeView() : this.#limited(this.view);
    this.#drawAnew();
  }

  #drawAnew(): void {
    this.#overlay = new Overlay(this.layout, this.#theme);
    this.#sheets = undefined;
    this.redraw();
  }

  #makeSheets(): Sheets {
    const scene = {
      layout: this.layout,
      outlines: outlinesOf(this.layout),
      looks: this.#looks,
      numbers: this.#seats.map(({ seat_number }) => seat_number),
      blockColor: (block: number) => this.#tally.color(block),
      theme: this.#theme,
      words: this.#words,
    };
    return new Sheets(scene, this.window, this.#ratio());
  }

  #paint(): void {
    this.#frame = 0;
    if (this.window.width === 0 || this.#seats.length === 0) return;
    const now = performance.now();
    this.#move(now);
    if (this.#areasChanged && now - this.#areasAt > AREAS_EVERY_MS) {
      this.#sheets?.redrawAreas();
      [this.#areasChanged, this.#areasAt] = [false, now];
    }
    this.#sheets ??= this.#makeSheets();
    const isMissing = this.#sheets.work(this.view, now - this.#movedAt);
    const ratio = this.#ratio();
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#sheets.paint(this.#context, this.view);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const isFading = this.#overlay.drawFades(this.#context, this.view, this.window);
    this.#overlay.drawLabels(this.#context, this.view, this.window, (block) =>
      this.#words.free(this.#tally.free(block)),
    );
    if (this.#cursor !== undefined) this.#overlay.drawCursor(this.#context, this.view, this.#cursor);
    if (this.#area) this.#overlay.drawArea(this.#context, this.#area);
    if (isMissing || isFading || this.#motion || this.#areasChanged) this.redraw();
  }

  #move(now: number): void {
    if (!this.#motion) return;
    const { from, to, start } = this.#motion;
    const done = Math.min(1, (now - start) / MOVE_MS);
    const eased = 1 - (1 - done) ** 3;
    const between = (a: number, b: number) => a + (b - a) * eased;
    this.view = {
      scale: between(from.scale, to.scale),
      left: between(from.left, to.left),
      top: between(from.top, to.top),
    };
    this.#movedAt = now;
    if (done === 1) this.#motion = undefined;
  }

  #ratio(): number {
    return Math.min(LARGEST_RATIO, devicePixelRatio);
  }

  #wholeView(): View {
    const { width, height } = this.layout;
    return viewOf({ x: 0, y: 0, width, height }, this.window);
  }

  #limited(view: View): View {
    return limited(view, this.layout, this.window);
  }
}
