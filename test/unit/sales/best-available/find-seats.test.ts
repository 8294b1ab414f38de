import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../../../src/live/types.ts';
import { type Choice, findSeats } from '../../../../src/sales/best-available/find-seats.ts';
import { Hall } from '../../../../src/sales/best-available/hall.ts';
import type { Wish } from '../../../../src/sales/hold-request.ts';

const idOf = (row: number, number: number) => `${row}/${number}`;

interface Seat {
  section: string;
  row: number;
  number: number;
  price: number;
  free: boolean;
}

/** An event in memory with these seats, section by section. */
function eventOf(seats: Seat[], id = (seat: Seat) => idOf(seat.row, seat.number)) {
  const ids = seats.map(id);
  const layout = {
    number: 1,
    ids,
    sections: seats.map(({ section }) => section),
    rows: seats.map(({ row }) => row),
    numbers: seats.map(({ number }) => number),
    labels: ids,
    prices: seats.map(({ price }) => price),
    x: [],
    y: [],
    attributes: {},
    companionsReleased: false,
  };
  return {
    eventId: 'event',
    version: 1,
    layout: {
      ...layout,
      indexOf: (seatId: string) => (ids.includes(seatId) ? ids.indexOf(seatId) : undefined),
    },
    statuses: Uint8Array.from(seats, ({ free }) => (free ? 0 : 1)),
    seatVersions: new Uint32Array(seats.length),
    availableSeats: 0,
    stock: new Map(),
  } satisfies LiveEvent;
}

/** A hall as a picture: one line a row from the stage, `.` free, `x` taken, a space an aisle; a seat of row n costs n thousand. */
function eventLike(picture: string[]) {
  return eventOf(
    picture.flatMap((line, index) =>
      [...line].flatMap((place, at) =>
        place === ' '
          ? []
          : [
              {
                section: 'A',
                row: index + 1,
                number: at + 1,
                price: 1_000 * (index + 1),
                free: place === '.',
              },
            ],
      ),
    ),
  );
}
const hallOf = (picture: string[]) => new Hall(eventLike(picture));

const chooseIn = (hall: Hall, wish: Wish) => findSeats(hall.groups(wish.section), wish);
const choose = (picture: string[], wish: Wish) => chosenIn(hallOf(picture), wish);
const chosenIn = (hall: Hall, wish: Wish) => show(hall, chooseIn(hall, wish));
const show = (hall: Hall, choice: Choice | undefined) =>
  choice && { seats: choice.seats.map((seat) => hall.layout.ids[seat]).sort(), adjacent: choice.adjacent };

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
  const seats = (section: string, free: number) =>
    [1, 2, 3].map((number) => ({ section, row: 1, number, price: 1, free: number === free }));
  const event = eventOf(
    [...seats('left', 1), ...seats('right', 2)],
    ({ section, number }) => `${section}${number}`,
  );
  expect(chosenIn(new Hall(event), { quantity: 1 })?.seats).toEqual(['right2']);
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
        const hall = hallOf(picture);
        const choice = chooseIn(hall, { quantity });
        const free = picture.join('').split('.').length - 1;
        const sideBySide = picture.some((row) => row.includes('.'.repeat(quantity)));
        expect(choice !== undefined).toBe(free >= quantity);
        if (!choice) return;
        expect(new Set(choice.seats).size).toBe(quantity);
        expect(choice.seats.every((seat) => hall.isFree(seat))).toBe(true);
        expect(choice.adjacent).toBe(sideBySide);
        if (choice.adjacent) {
          const numbers = choice.seats.map((seat) => hall.layout.numbers[seat] as number);
          expect(Math.max(...numbers) - Math.min(...numbers)).toBe(quantity - 1);
          expect(new Set(choice.seats.map((seat) => hall.layout.rows[seat])).size).toBe(1);
        }
      }),
    );
  });

  test('as few groups as the longest runs allow', () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 2, max: 8 }), (picture, quantity) => {
        const hall = hallOf(picture);
        const choice = chooseIn(hall, { quantity });
        if (!choice) return;
        const { rows, numbers } = hall.layout;
        const runs = picture.flatMap((row) => row.match(/\.+/g) ?? []).map((run) => run.length);
        let missing = quantity;
        let least = 0;
        for (const length of runs.sort((a, b) => b - a)) {
          if (missing <= 0) break;
          missing -= length;
          least++;
        }
        const places = choice.seats
          .map((seat) => (rows[seat] as number) * 1_000 + (numbers[seat] as number))
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
          const id = idOf(row + 1, number);
          if (hall.layout.ids.includes(id)) {
            hall.note({ id, status: free ? 'available' : 'locked', version: index + 1 });
            (rows[row] as string[])[number - 1] = free ? '.' : 'x';
          }
          const anew = hallOf(rows.map((each) => each.join('')));
          expect(chosenIn(hall, wish)).toEqual(chosenIn(anew, wish));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('what a hall shows', () => {
  const free = (hall: Hall) => chosenIn(hall, { quantity: 1 })?.seats[0];

  test('what a batch saw on a locked row, until the event in memory knows it or something newer', () => {
    const event = eventLike(['.']);
    const hall = new Hall(event);
    const change = (status: 0 | 1, version: number) => {
      event.statuses[0] = status;
      event.seatVersions[0] = version;
      hall.changed([0]);
    };
    hall.note({ id: '1/1', status: 'locked', version: 2 });
    hall.note({ id: '1/1', status: 'available', version: 1 });
    change(0, 1);
    expect(free(hall), 'an older one changes nothing').toBeUndefined();
    change(0, 3);
    expect(free(hall)).toBe('1/1');
    hall.note({ id: '1/1', status: 'locked', version: 3 });
    expect(free(hall)).toBe('1/1');
  });

  test('a seat that is left out stays out, whatever changes, until it is put back', () => {
    const hall = hallOf(['..']);
    for (const seat of [0, 1]) hall.leaveOut(seat);
    hall.note({ id: '1/1', status: 'available', version: 1 });
    hall.note({ id: '1/2', status: 'locked', version: 1 });
    expect(free(hall)).toBeUndefined();
    hall.putBack([0, 1]);
    expect(free(hall)).toBe('1/1');
    hall.note({ id: '1/1', status: 'locked', version: 2 });
    expect(free(hall)).toBeUndefined();
  });
});
