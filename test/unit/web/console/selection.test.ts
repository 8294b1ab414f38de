import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSeats } from '../../../../src/web/console/seats/editor-seat.ts';
import {
  type NamedSeats,
  readRange,
  requestsFor,
  seatsInRange,
  toggle,
} from '../../../../src/web/console/seats/selection.ts';

const hall = (sections: string[], rows: number, perRow: number) =>
  sections.flatMap((section) =>
    Array.from({ length: rows * perRow }, (_, at) => ({
      id: `${section}-${Math.floor(at / perRow) + 1}-${(at % perRow) + 1}`.padEnd(36, '.'),
      section,
      row_number: Math.floor(at / perRow) + 1,
      seat_number: (at % perRow) + 1,
    })),
  );

test('the requests name the selected seats, each once, and no other', () => {
  const seats = hall(['VIP', 'R', '발코니'], 3, 4);
  const named = ({ sections = [], rows = [], seat_ids = [] }: NamedSeats) =>
    seats
      .filter(
        ({ id, section, row_number }) =>
          sections.includes(section) ||
          rows.some((row) => row.section === section && row.row_number === row_number) ||
          seat_ids.includes(id),
      )
      .map(({ id }) => id);
  fc.assert(
    fc.property(fc.subarray(seats.map(({ id }) => id)), (chosen) => {
      const all = requestsFor(seats, new Set(chosen)).flatMap(named);
      expect(all.sort()).toEqual([...chosen].sort());
    }),
  );
});

test('whole sections and rows are named, so that a large selection is one request', () => {
  const seats = hall(['A', 'B', 'C', 'D'], 50, 100);
  expect(requestsFor(seats, new Set(seats.map(({ id }) => id)))).toEqual([
    { sections: ['A', 'B', 'C', 'D'] },
  ]);
  const some = seatsInRange(seats, { section: 'B', rows: [2, 3], numbers: undefined });
  expect(requestsFor(seats, new Set(some.map(({ id }) => id)))).toEqual([
    {
      rows: [
        { section: 'B', row_number: 2 },
        { section: 'B', row_number: 3 },
      ],
    },
  ]);
  expect(requestsFor(seats, new Set())).toEqual([]);
});

test('a request stays within the limits of the service', () => {
  const seats = hall(['긴 이름의 구역'], 1_200, 3);
  // All but one seat of each row of the first half, and the whole rows of the second.
  const chosen = seats.filter(({ row_number, seat_number }) => row_number > 600 || seat_number > 1);
  const requests = requestsFor(seats, new Set(chosen.map(({ id }) => id)));
  for (const request of requests) {
    expect(request.rows?.length ?? 0).toBeLessThanOrEqual(500);
    expect(request.seat_ids?.length ?? 0).toBeLessThanOrEqual(1_000);
    expect(JSON.stringify(request).length).toBeLessThan(64 * 1024);
  }
  const total = (of: (request: NamedSeats) => unknown[] | undefined) =>
    requests.reduce((sum, request) => sum + (of(request)?.length ?? 0), 0);
  expect([total(({ rows }) => rows), total(({ seat_ids }) => seat_ids)]).toEqual([600, 1_200]);
});

test('dragging over seats adds them, and over selected ones alone takes them away', () => {
  const one = toggle(new Set(), ['a', 'b']);
  expect([...toggle(one, ['b', 'c'])]).toEqual(['a', 'b', 'c']);
  expect([...toggle(one, ['b'])]).toEqual(['a']);
});

test('rows and numbers are chosen by a text', () => {
  expect(['3', ' 3 - 7 ', '3~7', '', '7-3', 'x', '3-'].map(readRange)).toEqual([
    [3, 3],
    [3, 7],
    [3, 7],
    undefined,
    null,
    null,
    null,
  ]);
});

test('seats of the service become seats of the map, with their state, block and place', () => {
  const columns = {
    event_id: 'e',
    version: 4,
    layout: 2,
    ids: ['a', 'b', 'c'],
    sections: ['R', 'R', 'VIP'],
    rows: [1, 1, 1],
    numbers: [1, 2, 1],
    labels: ['R-1-1', 'R-1-2', 'VIP-1-1'],
    prices: [100, 100, 200],
    statuses: [0, 2, 3],
    attributes: { accessible: [0], companion: [1] },
    blocks: [{ id: 'k', reason: '초대석', release_at: null, seats: [2] }],
  };
  const seats = readSeats(columns, { layout: 2, x: [1, null, 3], y: [5, 6, 7] });
  expect(seats[0]).toMatchObject({ state: 'free', attributes: ['accessible'], x: 1, y: 5 });
  expect(seats[1]).toMatchObject({ state: 'sold', attributes: ['companion'] });
  expect(seats[1]).not.toHaveProperty('x');
  expect(seats[2]).toMatchObject({
    state: 'blocked',
    block: { id: 'k', reason: '초대석', release_at: null },
  });
  // Places of another layout would be those of other seats.
  expect(readSeats(columns, { layout: 1, x: [1, 2, 3], y: [5, 6, 7] })[0]).not.toHaveProperty('x');
});
