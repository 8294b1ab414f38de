import { type Scene, Sheet } from './sheet.ts';
import { SEATS_FROM, type Size, type View, viewOf } from './view.ts';

/** How far a sheet reaches beyond the window to each side, as a share of the window. */
const BEYOND = 0.25;
/** How much a sheet may be enlarged or reduced while the view moves. */
const STRETCH = 1.5;
/** How long the view must stand still before it is drawn exactly. */
const STILL_MS = 90;
/** How long a frame draws at a new sheet. At 60 frames a second, a frame has 16 ms. */
const BUDGET_MS = 6;

/**
 * The drawn parts of the hall: the whole hall, and what the window shows, somewhat larger. A new one is drawn over several frames, and
 * replaces the last one when it is complete.
 */
export class Sheets {
  readonly #scene: Scene;
  readonly #window: Size;
  readonly #ratio: number;
  readonly #whole: Sheet;
  #shown: Sheet | undefined;
  #next: { sheet: Sheet; drawing: Generator<void>; changed: Set<number> } | undefined;

  constructor(scene: Scene, window: Size, ratio: number) {
    this.#scene = scene;
    this.#window = window;
    this.#ratio = ratio;
    const { width, height } = scene.layout;
    this.#whole = new Sheet(scene, viewOf({ x: 0, y: 0, width, height }, window), window, ratio);
    this.#begin(this.#whole);
  }

  /**
   * Draws for a few milliseconds at what is missing.
   *
   * @param still how long the view hasn't moved, in ms
   * @returns whether something is missing still
   */
  work(view: View, still: number): boolean {
    if (!this.#next && this.#isWrong(view, still)) this.#begin(this.#sheetFor(view));
    if (!this.#next) return !this.#isExact(view);
    const until = performance.now() + BUDGET_MS;
    const { sheet, drawing, changed } = this.#next;
    do {
      if (!drawing.next().done) continue;
      for (const seat of changed) sheet.redrawSeat(seat);
      if (sheet !== this.#whole) this.#shown = sheet;
      this.#next = undefined;
      return !this.#isExact(view);
    } while (performance.now() < until);
    return true;
  }

  /** Copies the sheets to the window. */
  paint(context: CanvasRenderingContext2D, view: View): void {
    const shown = this.#shown;
    const covers = shown !== undefined && this.#covers(shown, view);
    if (!covers) this.#copy(context, this.#whole, view);
    if (shown) this.#copy(context, shown, view);
  }

  redraw(seats: readonly number[]): void {
    for (const seat of seats) {
      this.#whole.redrawSeat(seat);
      this.#shown?.redrawSeat(seat);
      this.#next?.changed.add(seat);
    }
  }

  redrawAreas(): void {
    this.#whole.redrawAreas();
    this.#shown?.redrawAreas();
  }

  #begin(sheet: Sheet): void {
    this.#next = { sheet, drawing: sheet.draw(), changed: new Set() };
  }

  #sheetFor(view: View): Sheet {
    const { width, height } = this.#window;
    return new Sheet(
      this.#scene,
      { scale: view.scale, left: view.left + width * BEYOND, top: view.top + height * BEYOND },
      { width: width * (1 + 2 * BEYOND), height: height * (1 + 2 * BEYOND) },
      this.#ratio,
    );
  }

  /** While the view moves, a blurred picture is better than none. */
  #isWrong(view: View, still: number): boolean {
    if (still >= STILL_MS) return !this.#isExact(view);
    const shown = this.#shown ?? this.#whole;
    const stretch = view.scale / shown.view.scale;
    const changesKind = shown.hasSeats !== view.scale >= SEATS_FROM;
    return changesKind || stretch > STRETCH || stretch < 1 / STRETCH || !this.#covers(shown, view);
  }

  #isExact(view: View): boolean {
    const sheet = this.#shown ?? this.#whole;
    return Math.abs(view.scale / sheet.view.scale - 1) < 1e-4 && this.#covers(sheet, view);
  }

  /** Whether a sheet shows all of the hall that the window shows. */
  #covers(sheet: Sheet, view: View): boolean {
    if (sheet === this.#whole) return true;
    const { left, top, right, bottom } = placeOf(sheet, view);
    const { width, height } = this.#scene.layout;
    return (
      left <= Math.max(0, view.left) + 0.5 &&
      top <= Math.max(0, view.top) + 0.5 &&
      right >= Math.min(this.#window.width, view.left + width * view.scale) - 0.5 &&
      bottom >= Math.min(this.#window.height, view.top + height * view.scale) - 0.5
    );
  }

  #copy(context: CanvasRenderingContext2D, sheet: Sheet, view: View): void {
    const { left, top, right, bottom } = placeOf(sheet, view);
    const ratio = this.#ratio;
    const isSameScale = Math.abs(view.scale / sheet.view.scale - 1) < 1e-4;
    // On whole pixels, a copy stays sharp.
    const at = (value: number) => (isSameScale ? Math.round(value * ratio) : value * ratio);
    // A picture of areas must not lie under seats, nor the other way round.
    context.clearRect(left * ratio, top * ratio, (right - left) * ratio, (bottom - top) * ratio);
    if (isSameScale) context.drawImage(sheet.canvas, at(left), at(top));
    else context.drawImage(sheet.canvas, at(left), at(top), at(right - left), at(bottom - top));
  }
}

/** Where a sheet lies in the window. */
function placeOf({ view: own, size }: Sheet, view: View) {
  const stretch = view.scale / own.scale;
  const left = view.left - own.left * stretch;
  const top = view.top - own.top * stretch;
  return { left, top, right: left + size.width * stretch, bottom: top + size.height * stretch };
}
