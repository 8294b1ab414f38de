/** A quarter of a disc, turned in steps of 90°. */
interface Shape {
  x: number;
  y: number;
  r: number;
  turn: number;
}

const COLUMNS = 4;
const ROWS = 3;
const PALETTES = 6;

/** The shapes of a poster for an event that has none. They follow from its id, so that it keeps its face. */
export function drawingOf(eventId: string): { palette: number; shapes: Shape[] } {
  const digits = [...eventId.replaceAll('-', '')].map((digit) => Number.parseInt(digit, 16) || 0);
  const digit = (index: number) => digits[index % digits.length] ?? 0;
  const [width, height] = [600 / COLUMNS, 500 / ROWS];
  const shapes = Array.from({ length: COLUMNS * ROWS }, (_, index) => ({
    x: ((index % COLUMNS) + 0.5) * width,
    y: (Math.floor(index / COLUMNS) + 0.5) * height,
    r: digit(index) % 4 === 0 ? width / 4 : width / 2,
    turn: (digit(index + 12) % 4) * 90,
  }));
  return { palette: digit(31) % PALETTES, shapes };
}
