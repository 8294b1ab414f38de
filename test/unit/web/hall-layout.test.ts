import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HallSeat } from '../../../src/web/hall/hall-seat.ts';
import { type HallLayout, layOutHall, SEAT_SIZE } from '../../../src/web/hall/layout.ts';
import { SeatGrid } from '../../../src/web/hall/seat-grid.ts';

interface Part {
  section: string;
  firstRow: number;
  rows: number[];
  firstNumber: number;
  price: number;
  /** Every so many seats are missing. */
  gap: number;
}

const part: fc.Arbitrary<Part> = fc.record({
  section: fc.stringMatching(/^[A-E가나]{1,2}$/),
  firstRow: fc.integer({ min: 1, max: 30 }),
  rows: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 7 }),
  firstNumber: fc.constantFrom(1, 2, 101),
  price: fc.constantFrom(50_000, 90_000, 150_000),
  gap: fc.constantFrom(0, 0, 5, 7),
});

const parts = fc.uniqueArray(part, { selector: ({ section }) => section, minLength: 1, maxLength: 6 });

function seatsOf(parts: Part[]): HallSeat[] {
  return parts.flatMap(({ section, firstRow, rows, firstNumber, price, gap }) =>
    rows.flatMap((count, row) =>
      Array.from({ length: count }, (_, at) => ({
        section,
        row_number: firstRow + row,
        seat_number: firstNumber + at,
        price,
      })).filter(({ seat_number }) => gap === 0 || seat_number % gap !== 0 || count === 1),
    ),
  );
}

/** Adds places to the seats of some sections, in units of the hall's own, as an organizer would draw them. */
function withPlaces(seats: HallSeat[], sections: (section: string) => boolean, unit: number): HallSeat[] {
  const offsets = new Map(
    [...new Set(seats.map(({ section }) => section))].map((each, at) => [each, at * 60]),
  );
  return seats.map((seat) =>
    sections(seat.section)
      ? {
          ...seat,
          x: seat.seat_number * unit,
          y: (seat.row_number + (offsets.get(seat.section) ?? 0)) * unit,
        }
      : seat,
  );
}

const halls = fc.oneof(
  parts.map(seatsOf),
  fc
    .tuple(parts, fc.constantFrom(0.5, 1, 24))
    .map(([parts, unit]) => withPlaces(seatsOf(parts), () => true, unit)),
  parts.map((parts) => withPlaces(seatsOf(parts), (section) => section < 'C', 10)),
);

function closest({ xs, ys }: HallLayout): number {
  let least = Infinity;
  for (let a = 0; a < xs.length; a++) {
    for (let b = a + 1; b < xs.length; b++) {
      const [x, y] = [
        Math.abs((xs[a] as number) - (xs[b] as number)),
        Math.abs((ys[a] as number) - (ys[b] as number)),
      ];
      if (x < 1 && y < 1) least = Math.min(least, Math.hypot(x, y));
    }
  }
  return least;
}

test('no two seats overlap, and every seat and the stage are inside the picture', () => {
  fc.assert(
    fc.property(halls, (seats) => {
      const layout = layOutHall(seats);
      expect(closest(layout)).toBeGreaterThanOrEqual(SEAT_SIZE);
      const half = SEAT_SIZE / 2;
      layout.xs.forEach((x, seat) => {
        const y = layout.ys[seat] as number;
        expect(x - half >= 0 && x + half <= layout.width && y - half >= 0 && y + half <= layout.height).toBe(
          true,
        );
      });
      const { x, y, width, height } = layout.stage;
      expect(x >= 0 && y >= 0 && x + width <= layout.width && y + height <= layout.height).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('no seat stands on the stage', () => {
  fc.assert(
    fc.property(halls, (seats) => {
      const { xs, ys, stage } = layOutHall(seats);
      xs.forEach((x, seat) => {
        const y = ys[seat] as number;
        const isOn =
          x > stage.x - 0.5 &&
          x < stage.x + stage.width + 0.5 &&
          y > stage.y - 0.5 &&
          y < stage.y + stage.height + 0.5;
        expect(isOn).toBe(false);
      });
    }),
    { numRuns: 40 },
  );
});

test('a press anywhere on a drawn seat finds that seat, and a press beside all seats finds none', () => {
  const offset = fc.double({ min: -SEAT_SIZE / 2 + 0.05, max: SEAT_SIZE / 2 - 0.05, noNaN: true });
  fc.assert(
    fc.property(parts.map(seatsOf), fc.nat(), offset, (seats, any, aside) => {
      const layout = layOutHall(seats);
      const grid = new SeatGrid(layout);
      const seat = any % seats.length;
      expect(grid.at((layout.xs[seat] as number) + aside, layout.ys[seat] as number, 0.62)).toBe(seat);
      expect(grid.at(layout.xs[seat] as number, (layout.ys[seat] as number) + aside, 0.62)).toBe(seat);
      expect(grid.at(-2, -2, 0.62)).toBeUndefined();
      expect(grid.at(layout.width + 2, layout.height / 2, 0.62)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test('the keys reach the neighbors of a row, and the row behind', () => {
  const grid = (seats: HallSeat[]) => new SeatGrid(layOutHall(seats));
  const seats = seatsOf([
    { section: 'A', firstRow: 1, rows: [9, 9, 9], firstNumber: 1, price: 1_000, gap: 0 },
  ]);
  const indexOf = (row: number, number: number) =>
    seats.findIndex(({ row_number, seat_number }) => row_number === row && seat_number === number);
  expect(grid(seats).beside(indexOf(1, 5), 'right')).toBe(indexOf(1, 6));
  expect(grid(seats).beside(indexOf(1, 5), 'left')).toBe(indexOf(1, 4));
  expect(grid(seats).beside(indexOf(1, 5), 'down')).toBe(indexOf(2, 5));
  expect(grid(seats).beside(indexOf(3, 5), 'down')).toBeUndefined();
});

test('a hall of 50,000 seats gets about the shape of a window', () => {
  const seats = seatsOf(
    Array.from({ length: 10 }, (_, section) => ({
      section: `S${section}`,
      firstRow: 1,
      rows: Array(50).fill(100),
      firstNumber: 1,
      price: 50_000,
      gap: 0,
    })),
  );
  const layout = layOutHall(seats);
  expect(layout.xs).toHaveLength(50_000);
  // Much wider or much higher than a window, it would be hard to see.
  expect(layout.width / layout.height).toBeGreaterThan(0.7);
  expect(layout.width / layout.height).toBeLessThan(2.5);
});
