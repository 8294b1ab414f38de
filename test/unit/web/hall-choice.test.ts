import { expect, test } from 'vitest';
import { TiketiError } from '../../../src/client/index.ts';
import { SafeHold } from '../../../src/web/box-office/hall/hold.ts';
import { besideCompanions, nearestSeats } from '../../../src/web/box-office/hall/nearest-seats.ts';
import { classOf, priceClasses } from '../../../src/web/hall/look.ts';

type Seat = Parameters<typeof nearestSeats>[0][number];

function seat(section: string, row: number, number: number, rest: Partial<Seat> = {}): Seat {
  return {
    id: `${section}-${row}-${number}`,
    section,
    row_number: row,
    seat_number: number,
    price: 100_000,
    status: 'available',
    ...rest,
  };
}

const ids = (seats: Seat[]) => seats.map(({ id }) => id);

test('the nearest free seat of the same section and price is offered', () => {
  const seats = [
    seat('A', 1, 1),
    seat('A', 1, 4, { price: 50_000 }),
    seat('A', 1, 5, { status: 'locked' }),
    seat('A', 1, 8),
    seat('B', 1, 5),
  ];
  expect(ids(nearestSeats(seats, [seat('A', 1, 5)], []))).toEqual(['A-1-8']);
});

test('a seat beside the other chosen ones is offered before a nearer one', () => {
  const seats = [seat('A', 1, 2), seat('A', 1, 7), seat('A', 1, 3, { status: 'reserved' })];
  const chosen = [seat('A', 1, 4), seat('A', 1, 5), seat('A', 1, 6)];
  expect(ids(nearestSeats([...seats, ...chosen], [seat('A', 1, 3)], chosen))).toEqual(['A-1-7']);
});

test('several lost seats get seats of their own, and with the same price in another section rather than another price', () => {
  const seats = [seat('A', 1, 9, { price: 50_000 }), seat('B', 1, 1), seat('B', 1, 2)];
  expect(ids(nearestSeats(seats, [seat('A', 1, 5), seat('A', 1, 6)], []))).toEqual(['B-1-2', 'B-1-1']);
});

test('a place for a wheelchair is offered only for another one', () => {
  const seats = [seat('A', 1, 2, { attributes: ['accessible'] }), seat('A', 1, 9)];
  expect(ids(nearestSeats(seats, [seat('A', 1, 1)], []))).toEqual(['A-1-9']);
  expect(ids(nearestSeats(seats, [seat('A', 5, 1, { attributes: ['accessible'] })], []))).toEqual(['A-1-2']);
  expect(nearestSeats([], [seat('A', 1, 1)], [])).toEqual([]);
});

test('a companion seat gets the free wheelchair space beside it', () => {
  const space = seat('A', 1, 1, { attributes: ['accessible'] });
  const companion = seat('A', 1, 2, { attributes: ['companion'] });
  expect(ids(besideCompanions([space, companion], [companion]))).toEqual(['A-1-1']);
  expect(besideCompanions([space, companion], [companion, space])).toEqual([]);
});

test('the same choice keeps its key until an answer comes', async () => {
  const hold = new SafeHold();
  const keys: string[] = [];
  const answers: (TiketiError | 'held')[] = [
    new TiketiError('NETWORK_ERROR', ''),
    new TiketiError('SEAT_UNAVAILABLE', ''),
    'held',
  ];
  const send = (choice: string) =>
    hold
      .send(choice, async ({ headers }) => {
        keys.push(headers['idempotency-key']);
        const answer = answers.shift();
        if (answer instanceof TiketiError) throw answer;
        return answer;
      })
      .catch((error: TiketiError) => error.code);
  expect([await send('1,2'), await send('1,2'), await send('1,2')]).toEqual([
    'NETWORK_ERROR',
    'SEAT_UNAVAILABLE',
    'held',
  ]);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  answers.push(new TiketiError('NETWORK_ERROR', ''), 'held');
  await send('1,2');
  await send('1,3');
  expect(keys[4]).not.toBe(keys[3]);
});

test('prices are classes from the highest down, at most seven', () => {
  const seats = Array.from({ length: 20 }, (_, at) => ({ price: (at + 1) * 10_000 }));
  const classes = priceClasses(seats);
  expect(classes).toHaveLength(7);
  expect(classes[0]?.to).toBe(200_000);
  expect(classes.at(-1)?.from).toBe(10_000);
  for (const { price } of seats) {
    const { from, to } = classes[classOf(classes, price)] as { from: number; to: number };
    expect(price >= from && price <= to).toBe(true);
  }
});
