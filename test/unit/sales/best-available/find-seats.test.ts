import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Choice, findSeats } from '../../../../src/sales/best-available/find-seats.ts';
import { Hall, type ReadRow } from '../../../../src/sales/best-available/hall.ts';
import type { Wish } from '../../../../src/sales/hold-request.ts';

const idOf = (row: number, number: number) => `${row}/${number}`;

/** A hall as a picture: one line a row from the stage, `.` free, `x` taken, a space an aisle; a seat of row n costs n thousand. */
function hallOf(picture: string[], section = 'A'): Hall {
  const rows = picture.map((line, index): ReadRow => {
    const row_number = index + 1;
    return {
      section,
      row_number,
      seats: [...line].flatMap((place, at) =>
        place === ' ' ? [] : [[idOf(row_number, at + 1), at + 1, 1_000 * row_number, 0, place === '.']],
      ),
    };
  });
  return new Hall(rows, 0);
}

const chooseIn = (hall: Hall, wish: Wish) => findSeats(hall.groups(wish.section), wish);
const choose = (picture: string[], wish: Wish) => show(chooseIn(hallOf(picture), wish));
const show = (choice: Choice | undefined) =>
  choice && { seats: choice.seats.map(({ id }) => id).sort(), adjacent: choice.adjacent };

test('front and centre first', () => {
  expect(choose(['.......', '.......'], { quantity: 3 })).toEqual({
    seats: ['1/3', '1/4', '1/5'],
    adjacent: true,
  });
});

test('the middle of the next row is better than the edge of the first', () => {
  expect(choose(['..xxxxxxx..', '...........'], { quantity: 2 })?.seats[0]).toMatch(/^2\//);
});

test('rows of the same number are equally near to the stage', () => {
  const seats = (section: string, free: number[]): ReadRow['seats'] =>
    [1, 2, 3].map((number) => [`${section}${number}`, number, 1, 0, free.includes(number)]);
  const rows = [
    { section: 'left', row_number: 1, seats: seats('left', [1]) },
    { section: 'right', row_number: 1, seats: seats('right', [2]) },
  ];
  expect(show(chooseIn(new Hall(rows, 0), { quantity: 1 }))?.seats).toEqual(['right2']);
});

test('seats side by side in the last row are better than separate ones in the first', () => {
  expect(choose(['.x.x.x.', 'xxxxxxx', 'xxxxx..'], { quantity: 2 })).toEqual({
    seats: ['3/6', '3/7'],
    adjacent: true,
  });
});

test('an aisle separates', () => {
  expect(choose(['. .', 'x..'], { quantity: 2 })).toEqual({ seats: ['2/2', '2/3'], adjacent: true });
});

test('no single seat is left alone if another choice is nearly as good', () => {
  expect(choose(['xx...xx', 'xx..xxx'], { quantity: 2 })).toEqual({ seats: ['2/3', '2/4'], adjacent: true });
  // Without another choice the buyer is served all the same.
  expect(choose(['xx...xx'], { quantity: 2 })?.adjacent).toBe(true);
});

test('without enough seats side by side: as few groups as possible, marked as not adjacent', () => {
  expect(choose(['..x.x', 'x...x'], { quantity: 5 })).toEqual({
    seats: ['1/1', '1/2', '2/2', '2/3', '2/4'],
    adjacent: false,
  });
});

test('the last group of a split choice leaves no single seat alone either', () => {
  expect(choose(['...x...', 'xxxxx..'], { quantity: 5 })).toEqual({
    seats: ['1/1', '1/2', '1/3', '2/6', '2/7'],
    adjacent: false,
  });
});

test('no choice if fewer seats are free than wanted', () => {
  expect(choose(['.x.', 'xxx'], { quantity: 3 })).toBeUndefined();
});

test('only seats of the section and the price that the buyer wants', () => {
  expect(choose(['....', '....'], { quantity: 2, maxPrice: 500 })).toBeUndefined();
  expect(choose(['xxxx', '....'], { quantity: 2, maxPrice: 1_000 })).toBeUndefined();
  expect(choose(['....'], { quantity: 2, section: 'B' })).toBeUndefined();
});

const line = fc.string({ unit: fc.constantFrom('.', 'x', '.', ' '), minLength: 1, maxLength: 12 });
const pictures = fc.array(line, { minLength: 1, maxLength: 6 });
/** More rows than a search skips together. */
const longPictures = fc
  .tuple(pictures, fc.integer({ min: 60, max: 130 }), pictures)
  .map(([front, sold, back]) => [...front, ...Array<string>(sold).fill('xxxx'), ...back]);

describe('whatever the hall', () => {
  test.each([
    ['small', pictures],
    ['deep', longPictures],
  ])('only free seats, as many as wanted, side by side whenever a row has them: %s', (_size, halls) => {
    fc.assert(
      fc.property(halls, fc.integer({ min: 1, max: 5 }), (picture, quantity) => {
        const choice = chooseIn(hallOf(picture), { quantity });
        const free = picture.join('').split('.').length - 1;
        const sideBySide = picture.some((row) => row.includes('.'.repeat(quantity)));
        expect(choice !== undefined).toBe(free >= quantity);
        if (!choice) return;
        expect(new Set(choice.seats.map(({ id }) => id)).size).toBe(quantity);
        expect(choice.seats.every((seat) => seat.free)).toBe(true);
        expect(choice.adjacent).toBe(sideBySide);
        if (choice.adjacent) {
          const numbers = choice.seats.map(({ number }) => number);
          expect(Math.max(...numbers) - Math.min(...numbers)).toBe(quantity - 1);
          expect(new Set(choice.seats.map((seat) => seat.row)).size).toBe(1);
        }
      }),
    );
  });

  test('as few groups as the longest runs allow', () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 2, max: 8 }), (picture, quantity) => {
        const choice = chooseIn(hallOf(picture), { quantity });
        if (!choice) return;
        const runs = picture.flatMap((row) => row.match(/\.+/g) ?? []).map((run) => run.length);
        let missing = quantity;
        let least = 0;
        for (const length of runs.sort((a, b) => b - a)) {
          if (missing <= 0) break;
          missing -= length;
          least++;
        }
        const places = choice.seats
          .map(({ row, number }) => row.depth * 1_000 + number)
          .sort((a, b) => a - b);
        const groups = places.filter(
          (place, index) => place !== (places[index - 1] ?? Number.NaN) + 1,
        ).length;
        expect(groups).toBe(least);
      }),
    );
  });

  test('after any changes, a choice is the same as in a hall that was just read', () => {
    const steps = fc.array(
      fc.record({
        seat: fc.nat(200),
        free: fc.boolean(),
        quantity: fc.integer({ min: 1, max: 4 }),
        maxPrice: fc.option(fc.integer({ min: 0, max: 7_000 }), { nil: undefined }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(longPictures, steps, (picture, changes) => {
        const hall = hallOf(picture);
        const rows = picture.map((row) => [...row]);
        for (const [index, { seat, free, ...wish }] of changes.entries()) {
          const row = seat % rows.length;
          const number = (seat % (rows[row]?.length ?? 1)) + 1;
          const known = hall.seat(idOf(row + 1, number));
          if (known) {
            hall.note({ seatId: known.id, status: free ? 'available' : 'locked', version: index + 1 });
            (rows[row] as string[])[number - 1] = free ? '.' : 'x';
          }
          const anew = hallOf(rows.map((each) => each.join('')));
          expect(show(chooseIn(hall, wish))).toEqual(show(chooseIn(anew, wish)));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('what a hall believes', () => {
  const free = (hall: Hall) => chooseIn(hall, { quantity: 1 })?.seats[0]?.id;

  test('it ignores an older change', () => {
    const hall = hallOf(['.']);
    hall.note({ seatId: '1/1', status: 'locked', version: 2 });
    hall.note({ seatId: '1/1', status: 'available', version: 1 });
    expect(free(hall)).toBeUndefined();
    hall.note({ seatId: '1/1', status: 'available', version: 3 });
    expect(free(hall)).toBe('1/1');
  });

  test('a seat that is left out stays out, whatever changes, until it is put back', () => {
    const hall = hallOf(['..']);
    const seats = ['1/1', '1/2'].flatMap((id) => hall.seat(id) ?? []);
    for (const seat of seats) hall.leaveOut(seat);
    hall.note({ seatId: '1/1', status: 'available', version: 1 });
    hall.note({ seatId: '1/2', status: 'locked', version: 1 });
    expect(free(hall)).toBeUndefined();
    hall.putBack(seats);
    expect(free(hall)).toBe('1/1');
    hall.note({ seatId: '1/1', status: 'locked', version: 2 });
    expect(free(hall)).toBeUndefined();
  });

  test('a change that arrives while PostgreSQL is read is newer than what was read', () => {
    const hall = hallOf(['xx.']);
    hall.note({ seatId: '1/1', status: 'available', version: 2 });
    const heard = [{ seatId: '1/1', status: 'available' as const, version: 2 }];
    hall.noteAvailable(new Map([['1/2', 1]]), heard);
    expect(show(chooseIn(hall, { quantity: 2 }))).toEqual({ seats: ['1/1', '1/2'], adjacent: true });
    expect(chooseIn(hall, { quantity: 3 })).toBeUndefined();
    expect(hall.outdated).toBe(false);
    hall.noteAvailable(new Map([['1/9', 0]]), []);
    expect(hall.outdated).toBe(true);
  });
});
