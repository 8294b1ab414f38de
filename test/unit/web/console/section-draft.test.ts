import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  draftOfSection,
  EVENT_LIMITS,
  mistakesOfSections,
  moved,
  nextSection,
  readSection,
  seatCount,
  seatsOfSections,
} from '../../../../src/web/console/halls/section-draft.ts';

const section = (name: string, rows: number, seatsPerRow: number, startRow: number, price = 1_000) =>
  draftOfSection({ name, rows, seatsPerRow, startRow, price });

test('the preview has every seat of the sections once', () => {
  const numbers = fc.integer({ min: 1, max: 12 });
  const sections = fc.array(
    fc.tuple(numbers, numbers).map(([rows, seats]) => ({ rows, seats })),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(sections, (given) => {
      const drafts = given.map(({ rows, seats }, at) => section(`${at}`, rows, seats, 1 + at));
      const all = seatsOfSections(drafts);
      expect(all.length).toBe(seatCount(drafts.map(readSection)));
      const places = all.map((seat) => `${seat.section}-${seat.row_number}-${seat.seat_number}`);
      expect(new Set(places).size).toBe(places.length);
      given.forEach(({ rows, seats }, at) => {
        const own = all.filter((seat) => seat.section === `${at}`);
        expect(Math.min(...own.map((seat) => seat.row_number))).toBe(1 + at);
        expect(Math.max(...own.map((seat) => seat.row_number))).toBe(at + rows);
        expect(Math.max(...own.map((seat) => seat.seat_number))).toBe(seats);
      });
    }),
  );
});

test('rows that two sections of one name have are told, and those of other names are not', () => {
  expect(mistakesOfSections([section('R', 3, 10, 1), section('R', 3, 12, 4)])).toEqual({});
  expect(mistakesOfSections([section('R', 3, 10, 1), section('S', 3, 10, 1)])).toEqual({});
  expect(mistakesOfSections([section('R', 3, 10, 1), section(' R ', 3, 12, 3)])).toEqual({
    1: { startRow: 'rows_twice' },
  });
});

test('values that are still being typed keep the seats that can be drawn', () => {
  const typing = [
    { ...section('VIP', 2, 5, 1), price: '' },
    { ...section('', 2, 5, 3), rows: 'x' },
  ];
  expect(mistakesOfSections(typing)).toEqual({ 0: { price: 'price' }, 1: { name: 'name', rows: 'number' } });
  expect(seatsOfSections(typing)).toHaveLength(10);
  expect(seatsOfSections([section('A', 1_000, 101, 1)])).toEqual([]);
});

test('an event takes fewer seats in one request than a hall has', () => {
  expect(mistakesOfSections([section('A', 1_001, 1, 1)], EVENT_LIMITS)).toEqual({ 0: { rows: 'number' } });
  expect(mistakesOfSections([section('A', 1_001, 1, 1)])).toEqual({});
});

test('a new section stands behind the last one', () => {
  expect(nextSection(section('R', 8, 14, 4, 120_000))).toEqual({
    name: '',
    rows: '8',
    seatsPerRow: '14',
    startRow: '12',
    price: '120000',
  });
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
});
