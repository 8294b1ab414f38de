import type { HallPicture } from './picture.ts';
import { panned, zoomed } from './view.ts';

/** CSS pixels for each unit from which a press means one seat. Below that, it comes closer. A finger is broader than a mouse. */
const PICK_FROM = { mouse: 9, pen: 9, touch: 17 };
const CLOSER = 24;
/** How far a pointer may slip during a press. */
const SLIP = 6;

interface PointerOptions {
  canvas: HTMLCanvasElement;
  picture: HallPicture;
  /** A press on a seat. */
  onPress(seat: number): void;
  /** A mouse over a seat, at a place of the canvas, or over none. */
  onHover(seat: number | undefined, x: number, y: number): void;
  /** Whether dragging marks an area, instead of moving the hall. */
  marks(event: PointerEvent): boolean;
  onMark(seats: number[]): void;
}

/** Moves, zooms and presses by mouse, pen and fingers. @returns a function that ends it */
export function followPointers(options: PointerOptions): () => void {
  const { canvas, picture, onPress, onHover, marks, onMark } = options;
  const down = new Map<number, { x: number; y: number }>();
  let start: { x: number; y: number } | undefined;
  let marking = false;

  const placeOf = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const seatAt = ({ x, y }: { x: number; y: number }) => {
    const { scale, left, top } = picture.view;
    return picture.grid.at((x - left) / scale, (y - top) / scale, 0.62);
  };
  const press = (at: { x: number; y: number }, type: string) => {
    const { scale } = picture.view;
    if (scale < (PICK_FROM[type as keyof typeof PICK_FROM] ?? PICK_FROM.mouse))
      return picture.look(zoomed(picture.view, CLOSER / scale, at.x, at.y), true);
    const seat = seatAt(at);
    if (seat !== undefined) onPress(seat);
  };
  const mark = (from: { x: number; y: number }, to: { x: number; y: number }) => {
    const { scale, left, top } = picture.view;
    const [x1, x2] = [(from.x - left) / scale, (to.x - left) / scale].sort((a, b) => a - b);
    const [y1, y2] = [(from.y - top) / scale, (to.y - top) / scale].sort((a, b) => a - b);
    onMark(picture.grid.within(x1 as number, y1 as number, x2 as number, y2 as number));
  };

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, placeOf(event));
    if (down.size === 1) {
      start = placeOf(event);
      marking = marks(event);
    } else {
      start = undefined;
      marking = false;
      picture.setArea(undefined);
    }
  };
  const onMove = (event: PointerEvent) => {
    const now = placeOf(event);
    const last = down.get(event.pointerId);
    if (!last) {
      if (event.pointerType === 'mouse') onHover(seatAt(now), now.x, now.y);
      return;
    }
    if (start && !marking && Math.hypot(now.x - start.x, now.y - start.y) <= SLIP) return;
    if (start && marking) return picture.setArea([start.x, start.y, now.x, now.y]);
    onHover(undefined, 0, 0);
    start = undefined;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    if (!other) return picture.look(panned(picture.view, now.x - last.x, now.y - last.y));
    // Two fingers: what is between them stays there. Each of them moves alone, so half of the way is a move of the middle.
    const factor =
      Math.hypot(now.x - other.x, now.y - other.y) /
      Math.max(1, Math.hypot(last.x - other.x, last.y - other.y));
    const moved = panned(picture.view, (now.x - last.x) / 2, (now.y - last.y) / 2);
    picture.look(zoomed(moved, factor, (now.x + other.x) / 2, (now.y + other.y) / 2));
  };
  const onUp = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    const now = placeOf(event);
    picture.setArea(undefined);
    if (start && event.type === 'pointerup') {
      const isPress = Math.hypot(now.x - start.x, now.y - start.y) <= SLIP;
      if (isPress) press(now, event.pointerType);
      else if (marking) mark(start, now);
    }
    start = undefined;
  };
  const onLeave = () => onHover(undefined, 0, 0);
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    // Lines and pages, where a wheel counts in them. A pinch on a touch pad arrives as small steps with Ctrl.
    const step = event.deltaY * ([1, 16, 400][event.deltaMode] ?? 1) * (event.ctrlKey ? 0.01 : 0.0018);
    const { x, y } = placeOf(event);
    picture.look(zoomed(picture.view, Math.exp(-Math.max(-0.5, Math.min(0.5, step))), x, y));
  };

  canvas.addEventListener('pointerdown', onDown);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerup', onUp);
  canvas.addEventListener('pointercancel', onUp);
  canvas.addEventListener('pointerleave', onLeave);
  canvas.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    canvas.removeEventListener('pointerdown', onDown);
    canvas.removeEventListener('pointermove', onMove);
    canvas.removeEventListener('pointerup', onUp);
    canvas.removeEventListener('pointercancel', onUp);
    canvas.removeEventListener('pointerleave', onLeave);
    canvas.removeEventListener('wheel', onWheel);
  };
}
