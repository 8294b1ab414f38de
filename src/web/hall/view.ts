import type { Rectangle } from './rectangle.ts';

/** What of the hall a window shows. A place of the hall is drawn at `x * scale + left`, in CSS pixels. */
export interface View {
  scale: number;
  left: number;
  top: number;
}

export interface Size {
  width: number;
  height: number;
}

/** CSS pixels for each unit: as large as a finger. */
const LARGEST_SCALE = 44;
/** Below that, sections are areas. */
export const SEATS_FROM = 2.6;

/** The view that shows a part of the hall as large as it fits. */
export function viewOf(part: Rectangle, window: Size, largest = LARGEST_SCALE): View {
  const scale = Math.min(largest, window.width / part.width, window.height / part.height);
  return {
    scale,
    left: window.width / 2 - (part.x + part.width / 2) * scale,
    top: window.height / 2 - (part.y + part.height / 2) * scale,
  };
}

/** Zooms so that what is at a point of the window stays there. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  return {
    scale: view.scale * factor,
    left: x - (x - view.left) * factor,
    top: y - (y - view.top) * factor,
  };
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, left: view.left + dx, top: view.top + dy };
}

/** The nearest view that is allowed: never smaller than the whole hall, and never without any of it. */
export function limited(view: View, hall: Size, window: Size): View {
  const least = viewOf({ x: 0, y: 0, ...hall }, window).scale;
  const scale = Math.min(LARGEST_SCALE, Math.max(least, view.scale));
  // A limit of the scale must not move the hall.
  const kept = zoomed(view, scale / view.scale, window.width / 2, window.height / 2);
  return {
    scale,
    left: within(kept.left, hall.width * scale, window.width),
    top: within(kept.top, hall.height * scale, window.height),
  };
}

/** What is smaller than the window stands in its middle. What is larger may be moved until its edge is in the middle. */
function within(start: number, length: number, window: number): number {
  if (length <= window) return (window - length) / 2;
  return Math.min(window / 2, Math.max(window / 2 - length, start));
}
