import type { HallPicture } from './picture.ts';
import type { Direction } from './seat-grid.ts';
import { panned, zoomed } from './view.ts';

const ARROWS: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const PAN = 80;
const PANS: Record<Direction, [number, number]> = {
  left: [PAN, 0],
  right: [-PAN, 0],
  up: [0, PAN],
  down: [0, -PAN],
};
/** The least CSS pixels for each unit at which the cursor is on a seat that one can see. */
const CLOSE = 16;

export const ZOOM_STEP = 1.5;

/** Zooms the middle of the window. */
export function zoomBy(picture: HallPicture, factor: number): void {
  const { width, height } = picture.window;
  picture.look(zoomed(picture.target, factor, width / 2, height / 2), true);
}

/** @returns whether the key meant the map */
export function moveByKey(
  event: KeyboardEvent,
  picture: HallPicture,
  cursor: number | undefined,
  setCursor: (seat: number | undefined) => void,
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const direction = ARROWS[event.key];
  if (direction) {
    if (event.shiftKey) picture.look(panned(picture.target, ...PANS[direction]));
    else moveCursor(picture, cursor, direction, setCursor);
  } else if (event.key === '+' || event.key === '=') zoomBy(picture, ZOOM_STEP);
  else if (event.key === '-') zoomBy(picture, 1 / ZOOM_STEP);
  else if (event.key === '0') picture.lookAtAll();
  else if (event.key === 'Escape' && cursor !== undefined) setCursor(undefined);
  else return event.key === 'Enter' || event.key === ' ';
  return true;
}

function moveCursor(
  picture: HallPicture,
  cursor: number | undefined,
  direction: Direction,
  setCursor: (seat: number) => void,
): void {
  const { scale, left, top } = picture.target;
  const { width, height } = picture.window;
  const next =
    cursor === undefined
      ? picture.grid.nearest((width / 2 - left) / scale, (height / 2 - top) / scale)
      : picture.grid.beside(cursor, direction);
  if (next === undefined) return;
  setCursor(next);
  const [x, y] = [picture.layout.xs[next] as number, picture.layout.ys[next] as number];
  const [onX, onY] = [x * scale + left, y * scale + top];
  const isSeen = onX > 40 && onY > 40 && onX < width - 40 && onY < height - 40;
  if (isSeen && scale >= CLOSE) return;
  const close = Math.max(CLOSE, scale);
  picture.look({ scale: close, left: width / 2 - x * close, top: height / 2 - y * close }, true);
}
